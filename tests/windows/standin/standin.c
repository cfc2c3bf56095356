/* A stand-in for MicroSIP: a Windows program that looks and behaves as MicroSIP does to another process.
 *
 * It is written from facts about how MicroSIP behaves, shares no code with it, and does no telephony at all.
 * Tests start it under any exe name, move it with lines on standard input (see "Commands on standard input"),
 * and look at it from outside by Win32 calls, as the agent does.
 *
 * Chosen at start by environment variables:
 *   STANDIN_VERSION   3.14, 3.20.5, 3.21.6 or 3.22.3; without it, the one in the version resource
 *   STANDIN_LANGUAGE  en or ru: the language of the texts in the status bar
 *   STANDIN_HIDDEN    1: start without showing the main window
 *   STANDIN_CLOSE_MS  how long unregistering takes at the end; 300
 *
 * Everything else is read from its ini file, as MicroSIP does it.
 */

#include <windows.h>
#include <commctrl.h>
#include <shellapi.h>
#include <shlwapi.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <wchar.h>

#ifndef BUILT_AS
#define BUILT_AS L"3.22.3"
#endif

#define LENGTH(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEXT_SIZE 1056

enum { V3_14 = 31400, V3_20_5 = 32005, V3_21_6 = 32106, V3_22_3 = 32203, ALWAYS = 0, FOREVER = 99999 };
enum { TAB_CONTROL = 1000, TAB_CONTROL_3_14 = 1134, MENU_BUTTON = 1001, STATUS_BAR = 59393 };
enum { DND = 1002, AA = 1001, AC = 1010, FWD = 1014, CONF = 1011, REC = 1005, NUMBER = 1078, CALL = 1022, END = 1055 };
enum { HOLD = 1057, CALLS_LIST = 1027, CONTACTS_LIST = 1030 };
enum { ANSWER = 1000, DECLINE = 1032, ANSWER_VIDEO = 1140, BOX_TRANSFER = 1135, CALLER_NAME = 1026, CALLER = 1025 };
enum { DIALER, LOGS, CONTACTS, PAGES };
enum { SAVE_TIMER = 1, SAVE_DELAY_MS = 5000, CALL_TIMER = 2, EVENT_SECONDS = 10, PLACES = 1000 };
enum { UM_CONTROL = WM_APP + 1, UM_LATER = WM_APP + 2, UM_INVITATION = WM_APP + 3 };

typedef enum { ONLINE, AWAY, FORWARDING, CONNECTING, IDLE, WRONG_PASSWORD, CONNECTION_FAILED, OFFLINE, LOCAL, OTHER } Registration;

/* What the program knows. The UI thread alone changes it; the reader thread looks at it to answer `state`. */
static struct {
    int version;
    WCHAR version_text[16];
    BOOL russian;
    WCHAR exe[MAX_PATH], folder[MAX_PATH], ini[MAX_PATH];
    BOOL first_run;
    int close_ms;

    HWND main, tabs, pages[PAGES], status, dnd_button;
    int tab;

    BOOL dnd; /* the live value; the ini file follows later */
    BOOL save_pending;
    LONG saves, clicks, ignored_clicks;
    Registration registration;
    WCHAR registration_text[TEXT_SIZE]; /* for OTHER: what the SIP server said */
    BOOL engine_down;
    BOOL in_call;
    WCHAR call_text[TEXT_SIZE];

    WCHAR last_copydata[TEXT_SIZE], last_command[TEXT_SIZE], last_dialled[TEXT_SIZE], last_message[TEXT_SIZE];
    WCHAR pending_dial[TEXT_SIZE], understood[TEXT_SIZE + 32], tones[TEXT_SIZE], calls[TEXT_SIZE];
    BOOL muted;
    LONG copydata_count, dialled_count;

    BOOL ignore_clicks, modal_on_copydata;
    double hang_on_click;
} app;

static CRITICAL_SECTION texts_lock; /* the texts above: one thread writes them, the other one reads */

static void set_text(WCHAR *field, const WCHAR *text)
{
    EnterCriticalSection(&texts_lock);
    lstrcpynW(field, text, TEXT_SIZE);
    LeaveCriticalSection(&texts_lock);
}

static const WCHAR *in_language(const WCHAR *english, const WCHAR *russian)
{
    return app.russian ? russian : english;
}

/* ---- Where the ini file is, and in which encoding ----------------------------------------------- */

/* The install path somebody wrote to the registry; an MSI product is not looked for. */
static BOOL installed_in(HKEY root, WCHAR *path)
{
    DWORD size = MAX_PATH * sizeof(WCHAR);
    return RegGetValueW(root, L"Software\\MicroSIP", NULL, RRF_RT_REG_SZ, NULL, path, &size) == ERROR_SUCCESS;
}

static BOOL is_installed(void)
{
    WCHAR path[MAX_PATH];
    if (!installed_in(HKEY_CURRENT_USER, path) && !installed_in(HKEY_LOCAL_MACHINE, path))
        return FALSE;
    PathRemoveBackslashW(path);
    return lstrcmpiW(path, app.folder) == 0;
}

static void find_ini(void)
{
    WCHAR base[MAX_PATH], folder[MAX_PATH];
    GetModuleFileNameW(NULL, app.exe, MAX_PATH);
    lstrcpynW(app.folder, app.exe, MAX_PATH);
    PathRemoveFileSpecW(app.folder);
    lstrcpynW(base, PathFindFileNameW(app.exe), MAX_PATH);
    PathRemoveExtensionW(base);
    lstrcpynW(folder, app.folder, MAX_PATH);

    if (app.version < V3_20_5) { /* 3.14 knows one name and looks into the current directory */
        lstrcpynW(base, L"MicroSIP", MAX_PATH);
        GetCurrentDirectoryW(MAX_PATH, folder);
    }
    if (is_installed()) {
        GetEnvironmentVariableW(L"APPDATA", folder, MAX_PATH);
        PathAppendW(folder, L"MicroSIP");
        CreateDirectoryW(folder, NULL);
    }
    PathCombineW(app.ini, folder, base);
    lstrcatW(app.ini, L".ini");
}

static void write_file(const WCHAR *path, const WCHAR *text)
{
    DWORD written;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    WriteFile(file, L"\xFEFF", sizeof(WCHAR), &written, NULL);
    WriteFile(file, text, lstrlenW(text) * sizeof(WCHAR), &written, NULL);
    CloseHandle(file);
}

/* A file without the UTF-16 mark is taken for ANSI text, also when it is UTF-8. */
static void convert_from_ansi(HANDLE file)
{
    DWORD size = GetFileSize(file, NULL), got = 0;
    char *bytes = calloc(size + 1, 1);
    WCHAR *text = calloc(size + 1, sizeof(WCHAR));
    ReadFile(file, bytes, size, &got, NULL);
    CloseHandle(file);
    if (got < 2 || memcmp(bytes, "\xFF\xFE", 2) != 0) {
        MultiByteToWideChar(CP_ACP, 0, bytes, (int)got, text, (int)size + 1);
        write_file(app.ini, text);
    }
    free(bytes);
    free(text);
}

static void create_or_convert_ini(void)
{
    HANDLE file = CreateFileW(app.ini, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    app.first_run = file == INVALID_HANDLE_VALUE && GetLastError() == ERROR_FILE_NOT_FOUND;
    if (app.version < V3_20_5) {
        if (file != INVALID_HANDLE_VALUE)
            CloseHandle(file);
    } else if (app.first_run) {
        write_file(app.ini, L"[Settings]\r\n");
    } else if (file != INVALID_HANDLE_VALUE) {
        convert_from_ansi(file);
    }
}

/* ---- Settings: read once at start, written all together ----------------------------------------- */

enum { QUOTED = 1 }; /* written with a pair of quotes around it, which reading takes off again */

static struct {
    const WCHAR *key, *initial;
    int since, until, form;
    WCHAR value[TEXT_SIZE];
} settings[] = {
#define KEY(key, initial) { L##key, L##initial, ALWAYS, FOREVER, 0, L"" }
#define SINCE(version, key, initial) { L##key, L##initial, version, FOREVER, 0, L"" }
#define DEVICE(key) { L##key, L"", ALWAYS, FOREVER, QUOTED, L"" }
#define EVENT(version, key) { L##key, L"", version, FOREVER, QUOTED, L"" }
    KEY("accountId", "0"), KEY("denyIncoming", "button"), SINCE(V3_20_5, "DND", "0"), SINCE(V3_20_5, "AA", "0"),
    SINCE(V3_20_5, "AC", "0"), SINCE(V3_21_6, "FWD", "0"), KEY("autoAnswer", "button"), KEY("autoAnswerDelay", "0"),
    KEY("autoAnswerNumber", ""), SINCE(V3_22_3, "autoAnswerCalls", ""), SINCE(V3_21_6, "forwarding", ""),
    SINCE(V3_21_6, "forwardingNumber", ""), SINCE(V3_21_6, "forwardingDelay", "0"), KEY("singleMode", "1"),
    KEY("callWaiting", "1"), KEY("maxConcurrentCalls", "0"), KEY("autoHangUpTime", "0"), KEY("noIgnoreCall", "0"),
    EVENT(ALWAYS, "cmdIncomingCall"), EVENT(V3_20_5, "cmdCallRing"), EVENT(ALWAYS, "cmdCallAnswer"),
    EVENT(V3_21_6, "cmdCallAnswerVideo"), EVENT(V3_20_5, "cmdCallBusy"), EVENT(ALWAYS, "cmdCallStart"),
    EVENT(ALWAYS, "cmdCallEnd"), EVENT(V3_20_5, "cmdOutgoingCall"), KEY("usersDirectory", ""),
    KEY("bringToFrontOnIncoming", "1"), KEY("randomAnswerBox", "0"), KEY("alwaysOnTop", "0"), KEY("multiMonitor", "0"),
    SINCE(V3_21_6, "minimized", "0"), { L"silent", L"0", ALWAYS, V3_21_6, 0, L"" }, KEY("ringingSound", ""),
    KEY("volumeRing", "100"), KEY("volumeOutput", "100"), KEY("volumeInput", "100"), DEVICE("audioRingDevice"),
    DEVICE("audioOutputDevice"), DEVICE("audioInputDevice"), KEY("micAmplification", "0"),
    KEY("swLevelAdjustment", "0"), KEY("EC", "1"), KEY("VAD", "0"), KEY("forceCodec", "0"), KEY("opusStereo", "0"),
    KEY("audioCodecs", "PCMA/8000/1 PCMU/8000/1"), KEY("DTMFMethod", "0"), KEY("localDTMF", "1"),
    KEY("disableVideo", "0"), KEY("videoCaptureDevice", ""), KEY("videoCodec", ""), KEY("videoH264", "1"),
    KEY("videoH263", "1"), KEY("videoVP8", "1"), KEY("videoVP9", "1"), KEY("videoBitrate", "0"),
    KEY("disableMessaging", "0"), SINCE(V3_22_3, "disableNameLookup", "0"), KEY("enableLocalAccount", "0"),
    KEY("sourcePort", "0"), KEY("rtpPortMin", "0"), KEY("rtpPortMax", "0"), KEY("rport", "1"), KEY("STUN", ""),
    KEY("enableSTUN", "0"), KEY("dnsSrvNs", ""), KEY("dnsSrv", "0"), SINCE(V3_22_3, "networkChanges", "1"),
    KEY("recordingPath", ""), KEY("recordingFormat", "mp3"), KEY("autoRecording", "0"), KEY("recordingButton", "1"),
    SINCE(V3_22_3, "buttonAC", "1"), SINCE(V3_22_3, "buttonCONF", "1"), SINCE(V3_21_6, "featureCodeCP", "**"),
    SINCE(V3_21_6, "featureCodeBT", "##"), SINCE(V3_21_6, "featureCodeAT", "*2"),
    SINCE(V3_21_6, "enableFeatureCodeCP", "1"), SINCE(V3_21_6, "enableFeatureCodeBT", "0"),
    SINCE(V3_21_6, "enableFeatureCodeAT", "0"), KEY("defaultAction", ""), KEY("enableMediaButtons", "0"),
    KEY("headsetSupport", "0"), KEY("enableLog", "0"), KEY("updatesInterval", "weekly"), KEY("checkUpdatesTime", "0"),
    KEY("userAgent", ""), KEY("portKnockerHost", ""), KEY("portKnockerPorts", ""), KEY("enableShortcuts", "0"),
    KEY("shortcutsBottom", "0"), KEY("activeTab", "0"), KEY("mainX", "0"), KEY("mainY", "0"), KEY("mainW", "0"),
    KEY("mainH", "0"), KEY("messagesX", "0"), KEY("messagesY", "0"), KEY("messagesW", "0"), KEY("messagesH", "0"),
    KEY("ringinX", "0"), KEY("ringinY", "0"), KEY("callsWidth0", "0"), KEY("callsWidth1", "0"),
    KEY("callsWidth2", "0"), KEY("callsWidth3", "0"), KEY("callsWidth4", "0"), KEY("callsWidth5", "0"),
    KEY("contactsWidth0", "0"), KEY("contactsWidth1", "0"), KEY("contactsWidth2", "0"), KEY("noResize", "0"),
    KEY("lastCallNumber", ""), KEY("lastCallHasVideo", "0"), SINCE(V3_20_5, "callsLastKey", "-1"),
    SINCE(V3_22_3, "version", ""),
};

static WCHAR *setting(const WCHAR *key)
{
    for (int i = 0; i < LENGTH(settings); i++)
        if (lstrcmpW(settings[i].key, key) == 0)
            return settings[i].value;
    abort(); /* a key that is not in the table is a mistake in this program */
}

static void set_setting(const WCHAR *key, const WCHAR *value) { set_text(setting(key), value); }
static BOOL is_set(const WCHAR *key) { return lstrcmpW(setting(key), L"1") == 0; }

static BOOL is_known(int i) { return settings[i].since <= app.version && app.version <= settings[i].until; }

static void load_settings(void)
{
    for (int i = 0; i < LENGTH(settings); i++) {
        /* Longer values are cut here, and the cut value is saved later. */
        int limit = lstrcmpW(settings[i].key, L"audioCodecs") == 0 ? 512 : 256;
        GetPrivateProfileStringW(L"Settings", settings[i].key, settings[i].initial, settings[i].value, limit, app.ini);
    }
    app.dnd = is_set(L"DND") && app.version >= V3_20_5;
    app.tab = _wtoi(setting(L"activeTab"));
    if (app.tab < 0 || app.tab >= PAGES)
        app.tab = 0;
    if (app.version >= V3_22_3) {
        set_setting(L"version", app.version_text);
        WritePrivateProfileStringW(L"Settings", L"version", app.version_text, app.ini);
    }
}

/* Each key is one change of the file; an edit somebody made to a known key is overwritten, other keys stay. */
static void save_settings(void)
{
    set_setting(L"DND", app.dnd ? L"1" : L"0");
    for (int i = 0; i < LENGTH(settings); i++) {
        WCHAR quoted[TEXT_SIZE + 2];
        const WCHAR *value = settings[i].value;
        if (!is_known(i))
            continue;
        if (settings[i].form == QUOTED && app.version >= V3_21_6) {
            swprintf(quoted, LENGTH(quoted), L"\"%ls\"", value);
            value = quoted;
        }
        WritePrivateProfileStringW(L"Settings", settings[i].key, value, app.ini);
    }
    app.save_pending = FALSE;
    InterlockedIncrement(&app.saves);
}

/* Five seconds after the last call of this; 3.20.5 and older do not wait. */
static void save_soon(void)
{
    if (app.version < V3_21_6) {
        save_settings();
        return;
    }
    app.save_pending = TRUE;
    SetTimer(app.main, SAVE_TIMER, SAVE_DELAY_MS, NULL);
}

static void save_now(void)
{
    KillTimer(app.main, SAVE_TIMER);
    save_settings();
}

/* ---- Accounts ----------------------------------------------------------------------------------- */

static void account_value(const WCHAR *key, WCHAR *value)
{
    WCHAR section[32];
    swprintf(section, LENGTH(section), L"Account%d", _wtoi(setting(L"accountId")));
    GetPrivateProfileStringW(section, key, L"", value, app.version >= V3_21_6 ? 1041 : 256, app.ini);
}

static BOOL has_account(void)
{
    WCHAR domain[TEXT_SIZE];
    account_value(L"domain", domain);
    return _wtoi(setting(L"accountId")) > 0 && domain[0];
}

/* Main's title is "MicroSIP - " and the first of these that the account has. */
static void show_title(void)
{
    static const WCHAR *names[] = { L"label", L"displayName", L"username" };
    WCHAR name[TEXT_SIZE] = L"", title[TEXT_SIZE + 16];
    for (int i = app.version < V3_20_5 ? 1 : 0; i < LENGTH(names) && !name[0] && has_account(); i++)
        account_value(names[i], name);
    swprintf(title, LENGTH(title), name[0] ? L"MicroSIP - %ls" : L"MicroSIP", name);
    SetWindowTextW(app.main, title);
}

static Registration registration_of_account(void)
{
    WCHAR server[TEXT_SIZE];
    account_value(L"server", server);
    return !has_account() ? LOCAL : server[0] ? ONLINE : IDLE;
}

/* ---- The status bar ----------------------------------------------------------------------------- */

static BOOL has_dnd_button(void) { return app.version >= V3_20_5 && lstrcmpW(setting(L"denyIncoming"), L"button") == 0; }
static BOOL dnd_is_effective(void) { return app.dnd && has_dnd_button(); }
static BOOL is_registered(void) { return app.registration <= FORWARDING; }

static BOOL forwards(void)
{
    return app.version >= V3_21_6 && lstrcmpW(setting(L"forwarding"), L"button") == 0 && is_set(L"FWD");
}

static const WCHAR *registration_words(void)
{
    if (is_registered() && dnd_is_effective())
        return in_language(L"Do Not Disturb", L"Не беспокоить");
    if (is_registered() && forwards())
        return in_language(L"Call Forwarding", L"Переадресация");
    switch (app.registration) {
    case ONLINE: return in_language(L"Online", L"В сети");
    case AWAY: return in_language(L"Away", L"Отошёл");
    case FORWARDING: return in_language(L"Call Forwarding", L"Переадресация");
    case CONNECTING: return in_language(L"Connecting...", L"Подключение...");
    case IDLE: return in_language(L"Idle", L"Ожидание");
    case WRONG_PASSWORD: return in_language(L"Incorrect Password", L"Неверный пароль");
    case CONNECTION_FAILED: /* before 3.21.6 the words of the SIP server */
        return app.version < V3_21_6 ? L"Bad Gateway" : in_language(L"Connection Failed", L"Ошибка подключения");
    case OFFLINE: return in_language(L"Offline", L"Не в сети");
    case LOCAL: return L"MicroSIP";
    case OTHER: break;
    }
    return app.registration_text;
}

/* ---- A frozen UI thread -------------------------------------------------------------------------
 *
 * On Windows a message that was sent to a frozen window is carried out when the window wakes up, even if its
 * sender has given up. Wine drops it when the sender gives up before the receiver has taken it. So a frozen
 * stand-in takes sent messages at once, keeps each one (nested, as each is a call of a window procedure), and
 * carries all of them out in their order when the time is over.
 */

typedef struct Held {
    HWND window;
    UINT message;
    WPARAM wparam;
    LPARAM lparam;
    LRESULT result;
    BOOL done;
    struct Held *next;
} Held;

static struct {
    BOOL on;
    ULONGLONG until;
    Held *first, *last;
    HANDLE started; /* an event, set while frozen: the reader thread waits for it */
    HANDLE program; /* whose end thaws, too; NULL when there is none */
} frozen;

static WNDPROC original_procedure(HWND window) { return (WNDPROC)GetWindowLongPtrW(window, GWLP_USERDATA); }

static void begin_freeze(double seconds)
{
    frozen.on = TRUE;
    frozen.until = GetTickCount64() + (ULONGLONG)(seconds * 1000);
    SetEvent(frozen.started);
}

static BOOL program_has_ended(void)
{
    return frozen.program && WaitForSingleObject(frozen.program, 0) == WAIT_OBJECT_0;
}

static void take_sent_messages_until_thaw(void)
{
    MSG message;
    /* A thread that waits for messages, or looks for them, does not count as hung. So it only glances at the
     * queue, and looks for sent messages when there are some: input, timers and posted ones stay there. */
    while (frozen.on && GetTickCount64() < frozen.until && !program_has_ended()) {
        if (HIWORD(GetQueueStatus(QS_SENDMESSAGE)) & QS_SENDMESSAGE)
            PeekMessageW(&message, NULL, 0, 0, PM_REMOVE | PM_QS_SENDMESSAGE);
        else
            Sleep(5);
    }
}

/* The first to see that the time is over, which is the innermost of them, carries out everything held. */
static void thaw(void)
{
    if (!frozen.on)
        return;
    frozen.on = FALSE;
    ResetEvent(frozen.started);
    while (frozen.first) {
        Held *held = frozen.first;
        frozen.first = held->next;
        if (IsWindow(held->window))
            held->result = CallWindowProcW(original_procedure(held->window), held->window, held->message,
                                           held->wparam, held->lparam);
        held->done = TRUE;
    }
    frozen.last = NULL;
}

static LRESULT hold(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    Held held = { window, message, wparam, lparam, 0, FALSE, NULL };
    if (frozen.last)
        frozen.last->next = &held;
    else
        frozen.first = &held;
    frozen.last = &held;
    take_sent_messages_until_thaw();
    thaw();
    return held.result;
}

/* Stands before the procedure of every window that another process may talk to. */
static LRESULT CALLBACK gate(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (frozen.on && InSendMessage())
        return hold(window, message, wparam, lparam);
    return CallWindowProcW(original_procedure(window), window, message, wparam, lparam);
}

static HWND gated(HWND window, WNDPROC procedure)
{
    WNDPROC original = (WNDPROC)GetWindowLongPtrW(window, GWLP_WNDPROC);
    SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)(procedure ? procedure : original));
    SetWindowLongPtrW(window, GWLP_WNDPROC, (LONG_PTR)gate);
    return window;
}

/* ---- What is needed before there are windows ------------------------------------------------------ */

static HWND child(HWND parent, const WCHAR *class, const WCHAR *text, DWORD style, int id);

static void select_tab(int tab)
{
    app.tab = tab;
    SendMessageW(app.tabs, TCM_SETCURSEL, tab, 0);
    for (int i = 0; i < PAGES; i++) /* pages that are not selected are hidden, and work all the same */
        ShowWindow(app.pages[i], i == tab ? SW_SHOWNA : SW_HIDE);
}

/* ---- Event commands ----------------------------------------------------------------------------- */

static int known_since(const WCHAR *key)
{
    for (int i = 0; i < LENGTH(settings); i++)
        if (lstrcmpW(settings[i].key, key) == 0)
            return settings[i].since;
    abort();
}

/* The setting is split like a command line; its words are put together again with blanks and without quotes. */
static HANDLE start_event(const WCHAR *setting_text, const WCHAR *number)
{
    WCHAR words[TEXT_SIZE] = L"";
    int count = 0;
    WCHAR **split = CommandLineToArgvW(setting_text, &count);
    SHELLEXECUTEINFOW run = { .cbSize = sizeof(run), .fMask = SEE_MASK_NOCLOSEPROCESS | SEE_MASK_FLAG_NO_UI | SEE_MASK_NOASYNC,
                              .lpParameters = words, .nShow = SW_HIDE };
    if (!split)
        return NULL;
    for (int i = 1; i < count; i++) {
        StrCatBuffW(words, split[i], LENGTH(words));
        StrCatBuffW(words, L" ", LENGTH(words));
    }
    StrCatBuffW(words, number, LENGTH(words));
    run.lpFile = split[0];
    ShellExecuteExW(&run);
    LocalFree(split);
    return run.hProcess;
}

/* The number comes last. On the UI thread everything stands still until the program ends, ten seconds at most. */
static void run_event(const WCHAR *key, const WCHAR *number)
{
    WCHAR text[TEXT_SIZE];
    HANDLE program;
    lstrcpynW(text, setting(key), TEXT_SIZE);
    if (!text[0] || app.version < known_since(key))
        return;
    if (app.version < V3_20_5) { /* the whole setting is the name of a file, and nobody waits for it */
        ShellExecuteW(NULL, NULL, text, number, NULL, SW_HIDE);
        return;
    }
    program = start_event(text, number);
    if (!program)
        return; /* it fails silently */
    if (GetCurrentThreadId() == GetWindowThreadProcessId(app.main, NULL)) {
        begin_freeze(EVENT_SECONDS);
        frozen.program = program;
        take_sent_messages_until_thaw();
        frozen.program = NULL;
        thaw();
    } else {
        WaitForSingleObject(program, EVENT_SECONDS * 1000);
    }
    CloseHandle(program);
}

/* ---- Calls -------------------------------------------------------------------------------------- */

typedef enum { CALLING, RINGING, TALKING, ON_HOLD } CallState;
enum { OUTGOING_CALL, INCOMING_CALL, MISSED_CALL };

typedef struct {
    BOOL used, incoming;
    CallState state;
    WCHAR number[256], name[256];
    int key;
    long long began; /* Unix seconds */
    ULONGLONG answered, held; /* milliseconds */
    HWND box;
} Call;

static Call calls[8];

static Call *call_in_state(CallState state)
{
    for (int i = 0; i < LENGTH(calls); i++)
        if (calls[i].used && calls[i].state == state)
            return &calls[i];
    return NULL;
}

/* The one that commands are about: the call that is talked in, else the one on hold. */
static Call *current_call(void)
{
    Call *talking = call_in_state(TALKING);
    return talking ? talking : call_in_state(ON_HOLD);
}

static int count_calls(BOOL ringing)
{
    int count = 0;
    for (int i = 0; i < LENGTH(calls); i++)
        count += calls[i].used && (calls[i].state == RINGING) == ringing;
    return count;
}

static BOOL is_busy(void) { return app.in_call || count_calls(FALSE); }

static void describe_calls(WCHAR *text, int size)
{
    ULONGLONG now = GetTickCount64();
    Call *held = call_in_state(ON_HOLD), *talking = call_in_state(TALKING), *calling = call_in_state(CALLING);
    if (count_calls(FALSE) > 1)
        swprintf(text, size, in_language(L"Connected (%d)", L"Соединено (%d)"), count_calls(FALSE));
    else if (calling)
        swprintf(text, size, in_language(L"Calling %ls ...", L"Вызов %ls ..."), calling->number);
    else if (talking) {
        int seconds = (int)((now - talking->answered) / 1000);
        swprintf(text, size, in_language(L"Connected %d:%02d", L"Соединено %d:%02d"), seconds / 60, seconds % 60);
    } else if (held) {
        int pause = (int)((now - held->held) / 1000), all = (int)((now - held->answered) / 1000);
        swprintf(text, size, in_language(L"Hold %d:%02d / %d:%02d", L"Удержание %d:%02d / %d:%02d"), pause / 60,
                 pause % 60, all / 60, all % 60);
    } else {
        lstrcpynW(text, in_language(L"Incoming Call", L"Входящий вызов"), size);
    }
}

static void show_status(void)
{
    WCHAR text[TEXT_SIZE + 32], user[TEXT_SIZE] = L"";
    BOOL suffix = is_set(L"AA") && app.registration <= AWAY && !dnd_is_effective() && !forwards();
    if (app.in_call) /* a call hides the registration */
        lstrcpynW(text, app.call_text, LENGTH(text));
    else if (count_calls(TRUE) + count_calls(FALSE))
        describe_calls(text, LENGTH(text));
    else
        swprintf(text, LENGTH(text), L"%ls%ls", registration_words(),
                 suffix ? in_language(L" (Auto Answer)", L" (Автоответ)") : L"");
    if (has_account())
        account_value(L"username", user);
    SendMessageW(app.status, SB_SETTEXTW, 0, (LPARAM)text);
    SendMessageW(app.status, SB_SETTEXTW, 1, (LPARAM)user);
}

/* The status bar, the END button, which is there in single mode only, and what `state` tells. */
static void show_calls(void)
{
    static const WCHAR *states[] = { L"calling", L"ringing", L"talking", L"on hold" };
    WCHAR all[TEXT_SIZE] = L"";
    for (int i = 0; i < LENGTH(calls); i++)
        if (calls[i].used) {
            WCHAR one[TEXT_SIZE];
            swprintf(one, LENGTH(one), L"%ls%ls %ls %ls", all[0] ? L"; " : L"", calls[i].number,
                     calls[i].incoming ? L"in" : L"out", states[calls[i].state]);
            StrCatBuffW(all, one, LENGTH(all));
        }
    set_text(app.calls, all);
    ShowWindow(GetDlgItem(app.pages[DIALER], END), is_busy() && is_set(L"singleMode") ? SW_SHOWNA : SW_HIDE);
    SendDlgItemMessageW(app.pages[DIALER], HOLD, BM_SETCHECK,
                        call_in_state(ON_HOLD) && !call_in_state(TALKING) ? BST_CHECKED : BST_UNCHECKED, 0);
    show_status();
}

/* What a person with a mouse would see of a call that somebody else made; see `call` below. */
static void set_call(BOOL in_call, const WCHAR *text)
{
    set_text(app.call_text, text);
    app.in_call = in_call;
    show_calls();
}

/* The list of calls in the ini: each change is written at once, and nothing in it is escaped. */

static int next_key(void)
{
    WCHAR value[TEXT_SIZE], name[16];
    int key = 0;
    if (app.version >= V3_20_5) {
        GetPrivateProfileStringW(L"Settings", L"callsLastKey", L"-1", value, LENGTH(value), app.ini);
        return (_wtoi(value) + 1) % PLACES;
    }
    for (;; key++) { /* 3.14 knows no rotation */
        swprintf(name, LENGTH(name), L"%d", key);
        GetPrivateProfileStringW(L"Calls", name, L"", value, LENGTH(value), app.ini);
        if (!value[0])
            return key;
    }
}

static void write_entry(const Call *call, int type, int duration, const WCHAR *info)
{
    WCHAR name[16], value[TEXT_SIZE];
    swprintf(name, LENGTH(name), L"%d", call->key);
    swprintf(value, LENGTH(value), L"%ls;%ls;%d;%lld;%d;%ls", call->number, call->name, type, call->began, duration, info);
    WritePrivateProfileStringW(L"Calls", name, value, app.ini);
}

static void add_entry(Call *call, int type, const WCHAR *info)
{
    WCHAR key[16];
    call->key = next_key();
    write_entry(call, type, 0, info);
    if (app.version < V3_20_5)
        return;
    swprintf(key, LENGTH(key), L"%d", call->key);
    set_setting(L"callsLastKey", key);
    WritePrivateProfileStringW(L"Settings", L"callsLastKey", key, app.ini);
}

static Call *new_call(const WCHAR *number, const WCHAR *name, BOOL incoming)
{
    for (int i = 0; i < LENGTH(calls); i++)
        if (!calls[i].used) {
            Call fresh = { .used = TRUE, .incoming = incoming, .state = incoming ? RINGING : CALLING,
                           .began = (long long)time(NULL) };
            lstrcpynW(fresh.number, number, LENGTH(fresh.number));
            lstrcpynW(fresh.name, name, LENGTH(fresh.name));
            calls[i] = fresh;
            return &calls[i];
        }
    return NULL;
}

static void close_box(Call *call)
{
    HWND box = call->box;
    call->box = NULL;
    if (box)
        DestroyWindow(box);
}

/* The entry is complete before the event runs. */
static void end_call(Call *call, const WCHAR *info, BOOL busy)
{
    Call ended = *call;
    BOOL answered = ended.answered != 0;
    int duration = answered ? (int)((GetTickCount64() - ended.answered + 500) / 1000) : 0;
    close_box(call);
    call->used = FALSE;
    write_entry(&ended, !ended.incoming ? OUTGOING_CALL : answered ? INCOMING_CALL : MISSED_CALL, duration,
                app.version < V3_20_5 && answered ? L"" : info);
    show_calls();
    run_event(busy && app.version >= V3_20_5 ? L"cmdCallBusy" : L"cmdCallEnd", ended.number);
}

static const WCHAR *end_words(const Call *call)
{
    return call->answered        ? in_language(L"Call Ended", L"Вызов завершён")
           : call->incoming      ? in_language(L"Missed Call", L"Пропущенный вызов")
                                 : in_language(L"Canceled", L"Отменён");
}

static void end_calls_in(CallState state)
{
    for (int i = 0; i < LENGTH(calls); i++)
        if (calls[i].used && calls[i].state == state)
            end_call(&calls[i], end_words(&calls[i]), FALSE);
}

static void decline(Call *call) { end_call(call, in_language(L"Declined", L"Отклонён"), TRUE); }

/* In single mode the other calls are hung up. */
static void connect_call(Call *call)
{
    WCHAR number[256];
    if (is_set(L"singleMode"))
        for (int i = 0; i < LENGTH(calls); i++)
            if (calls[i].used && &calls[i] != call && calls[i].state != RINGING)
                end_call(&calls[i], end_words(&calls[i]), FALSE);
    if (!call->used)
        return; /* the other side hung up while an event ran */
    close_box(call);
    call->state = TALKING;
    call->answered = GetTickCount64();
    lstrcpynW(number, call->number, LENGTH(number));
    if (call->incoming && app.version < V3_20_5)
        write_entry(call, INCOMING_CALL, 0, L"");
    if (call->incoming) { /* answering shows main */
        select_tab(DIALER);
        ShowWindow(app.main, SW_SHOW);
    }
    show_calls();
    if (call->incoming)
        run_event(L"cmdCallAnswer", number);
    run_event(L"cmdCallStart", number);
}

static void toggle_hold(void)
{
    Call *call = current_call();
    if (!call)
        return;
    call->state = call->state == TALKING ? ON_HOLD : TALKING;
    call->held = GetTickCount64();
    show_calls();
}

/* The box of a ringing call. Its owner is main; closing it ignores the call. */
static LRESULT CALLBACK box_procedure(HWND box, UINT message, WPARAM wparam, LPARAM lparam)
{
    Call *call = NULL;
    for (int i = 0; i < LENGTH(calls); i++)
        if (calls[i].used && calls[i].box == box)
            call = &calls[i];
    if (call && message == WM_COMMAND && HIWORD(wparam) == BN_CLICKED && LOWORD(wparam) == ANSWER) {
        connect_call(call);
        return 0;
    }
    if (call && ((message == WM_COMMAND && HIWORD(wparam) == BN_CLICKED && LOWORD(wparam) == DECLINE) ||
                 (message == WM_CLOSE && is_set(L"noIgnoreCall")))) {
        decline(call);
        return 0;
    }
    if (message == WM_CLOSE) {
        ShowWindow(box, SW_HIDE);
        return 0;
    }
    return CallWindowProcW((WNDPROC)GetClassLongPtrW(box, GCLP_WNDPROC), box, message, wparam, lparam);
}

/* With bringToFrontOnIncoming=0 and main hidden it is hidden, too. */
static void open_box(Call *call)
{
    WCHAR caller[LENGTH(call->number) + LENGTH(call->name) + TEXT_SIZE], text[4 * TEXT_SIZE];
    WCHAR domain[TEXT_SIZE] = L"", user[TEXT_SIZE] = L"";
    BOOL hidden = !is_set(L"bringToFrontOnIncoming") && !IsWindowVisible(app.main);
    HWND box = CreateWindowExW(0, L"#32770", in_language(L"Incoming Call", L"Входящий вызов"), WS_POPUP | WS_CAPTION, 500,
                               100, 300, 200, app.main, NULL, GetModuleHandleW(NULL), NULL);
    account_value(L"domain", domain);
    account_value(L"username", user);
    swprintf(caller, LENGTH(caller), call->name[0] ? L"%ls <%ls@%ls>" : L"%ls%ls@%ls", call->name, call->number, domain);
    swprintf(text, LENGTH(text), L"%ls\r\nStand-in/1.0\r\n\r\n%ls %ls@%ls\r\n", caller,
             in_language(L"To:", L"Кому:"), user, domain);
    call->box = gated(box, box_procedure);
    child(box, L"Button", L"Answer", WS_VISIBLE, ANSWER);
    child(box, L"Button", L"Decline", WS_VISIBLE, DECLINE);
    child(box, L"Button", L"Video", 0, ANSWER_VIDEO);
    child(box, L"Button", L"Transfer", WS_VISIBLE, BOX_TRANSFER);
    child(box, L"Edit", call->name, WS_VISIBLE | ES_READONLY, CALLER_NAME);
    child(box, L"Edit", text, WS_VISIBLE | ES_READONLY | ES_MULTILINE, CALLER);
    if (!hidden)
        ShowWindow(box, SW_SHOWNOACTIVATE);
}

typedef struct { WCHAR number[256], name[256]; } Invitation;

/* On the UI thread, after cmdIncomingCall. A call that is turned away leaves an entry and rings nowhere. */
static void on_invitation(const Invitation *invitation)
{
    Call *call;
    if (app.version < V3_20_5 && !dnd_is_effective())
        run_event(L"cmdIncomingCall", invitation->number);
    call = new_call(invitation->number, invitation->name, TRUE);
    if (!call)
        return;
    if (dnd_is_effective()) {
        add_entry(call, MISSED_CALL, in_language(L"Do Not Disturb", L"Не беспокоить"));
        call->used = FALSE;
        return;
    }
    run_event(L"cmdCallRing", invitation->number);
    open_box(call);
    add_entry(call, app.version < V3_20_5 ? MISSED_CALL : INCOMING_CALL, L"");
    show_calls();
}

/* The SIP thread: until the program of cmdIncomingCall has ended, nobody else hears of the call. */
static DWORD WINAPI sip_thread(void *invitation)
{
    if (app.version >= V3_20_5)
        run_event(L"cmdIncomingCall", ((Invitation *)invitation)->number);
    PostMessageW(app.main, UM_INVITATION, 0, (LPARAM)invitation);
    return 0;
}

static void ring(const WCHAR *text)
{
    Invitation *invitation = calloc(1, sizeof(*invitation));
    const WCHAR *name = StrChrW(text, L' ');
    lstrcpynW(invitation->number, text, name ? (int)(name - text) + 1 : LENGTH(invitation->number));
    lstrcpynW(invitation->name, name ? name + 1 : L"", LENGTH(invitation->name));
    CloseHandle(CreateThread(NULL, 0, sip_thread, invitation, 0, NULL));
}

/* ---- Dialling and the commands of the command line and WM_COPYDATA ------------------------------ */

static void dial(const WCHAR *number)
{
    Call *call;
    if (!is_registered()) { /* one slot, without a time limit */
        set_text(app.pending_dial, number);
        return;
    }
    select_tab(DIALER);
    if (is_set(L"singleMode") && (is_busy() || count_calls(TRUE)))
        return; /* dropped without a word */
    set_text(app.last_dialled, number);
    InterlockedIncrement(&app.dialled_count);
    ShowWindow(app.main, SW_SHOW);
    call = new_call(number, L"", FALSE);
    if (!call)
        return;
    add_entry(call, OUTGOING_CALL, L"");
    show_calls();
    run_event(L"cmdOutgoingCall", number);
}

static void set_registration(Registration registration)
{
    app.registration = registration;
    show_status();
    if (is_registered() && app.pending_dial[0]) {
        WCHAR number[TEXT_SIZE];
        lstrcpynW(number, app.pending_dial, TEXT_SIZE);
        set_text(app.pending_dial, L"");
        dial(number);
    }
}

static void rebuild_buttons(void);

static void switch_account(int number)
{
    WCHAR text[16];
    swprintf(text, LENGTH(text), L"%d", number);
    set_setting(L"accountId", text);
    save_now();
    rebuild_buttons();
    show_title();
    set_registration(registration_of_account());
}

static BOOL starts_with(const WCHAR *text, const WCHAR *start)
{
    return StrCmpNIW(text, start, lstrlenW(start)) == 0;
}

/* Words that are commands; in a version that does not know them they are dialled like any other text. Those that
 * end in `:` or `_` take an argument. */
static const struct { const WCHAR *word; int since; const WCHAR *meaning; } commands[] = {
    { L"/answer", V3_20_5, L"answer" },
    { L"/hangupall", V3_14, L"hangupall" },
    { L"/hangupincoming", V3_21_6, L"hangupincoming" },
    { L"/hangupcalling", V3_20_5, L"hangupcalling" },
    { L"/dtmf:", V3_20_5, L"dtmf" },
    { L"/transfer:", V3_20_5, L"transfer" },
    { L"/account:", V3_20_5, L"account" },
    { L"/password:", V3_20_5, L"password" },
    { L"msip:answer", V3_20_5, L"answer" },
    { L"msip:hangupall", V3_20_5, L"hangupall" },
    { L"msip:hold", V3_20_5, L"hold" },
    { L"msip:transfer_", V3_20_5, L"transfer" },
    { L"msip:minimize", V3_20_5, L"minimize" },
    { L"msip:micmute", V3_20_5, L"micmute" },
    { L"msip:speakmute", V3_20_5, L"speakmute" },
    { L"msip:micunmute", V3_21_6, L"micunmute" },
    { L"msip:speakunmute", V3_21_6, L"speakunmute" },
    { L"msip:micmuteclick", V3_21_6, L"micmuteclick" },
    { L"msip:speakmuteclick", V3_21_6, L"speakmuteclick" },
    { L"msip:micup", V3_20_5, L"micup" },
    { L"msip:micdown", V3_20_5, L"micdown" },
    { L"msip:speakup", V3_20_5, L"speakup" },
    { L"msip:speakdown", V3_20_5, L"speakdown" },
    { L"/minimized", V3_14, L"minimized" },
};

/* The number of the command that this text is, and its argument; -1 when it is none. */
static int find_command(const WCHAR *text, const WCHAR **argument)
{
    for (int i = 0; i < LENGTH(commands); i++) {
        const WCHAR *word = commands[i].word;
        WCHAR end = word[lstrlenW(word) - 1];
        BOOL takes_more = end == L':' || end == L'_';
        if (app.version >= commands[i].since && (takes_more ? starts_with(text, word) : lstrcmpiW(text, word) == 0)) {
            *argument = text + lstrlenW(word);
            return i;
        }
    }
    return -1;
}

static void run_call_command(const WCHAR *meaning, const WCHAR *argument)
{
    Call *ringing = call_in_state(RINGING), *current = current_call();
    if (lstrcmpW(meaning, L"answer") == 0 && ringing)
        connect_call(ringing);
    else if (lstrcmpW(meaning, L"hangupincoming") == 0)
        while ((ringing = call_in_state(RINGING)))
            decline(ringing);
    else if (lstrcmpW(meaning, L"hangupcalling") == 0)
        end_calls_in(CALLING);
    else if (lstrcmpW(meaning, L"hangupall") == 0) {
        end_calls_in(CALLING);
        end_calls_in(TALKING);
        end_calls_in(ON_HOLD);
        set_call(FALSE, L"");
    } else if (lstrcmpW(meaning, L"hold") == 0)
        toggle_hold();
    else if (lstrcmpW(meaning, L"transfer") == 0 && current)
        end_call(current, end_words(current), FALSE);
    else if (lstrcmpW(meaning, L"dtmf") == 0 && current && !StrChrW(argument, L'?'))
        set_text(app.tones, argument);
}

static void dial_or_send(const WCHAR *text);

/* `/account:N`, `/account:N NUMBER` and `/account:N /password:X`, which overwrites a password in the ini. */
static void run_account_command(const WCHAR *argument)
{
    const WCHAR *more = StrChrW(argument, L' ');
    WCHAR section[32];
    swprintf(section, LENGTH(section), L"Account%d", _wtoi(argument));
    if (more && starts_with(more + 1, L"/password:"))
        WritePrivateProfileStringW(section, L"password", more + 1 + lstrlenW(L"/password:"), app.ini);
    switch_account(_wtoi(argument));
    if (more && !starts_with(more + 1, L"/password:"))
        dial_or_send(more + 1);
}

static void run_command(const WCHAR *text, const WCHAR *meaning, const WCHAR *argument)
{
    WCHAR understood[TEXT_SIZE + 32];
    swprintf(understood, LENGTH(understood), argument[0] ? L"%ls %ls" : L"%ls", meaning, argument);
    set_text(app.last_command, text);
    if (lstrcmpW(meaning, L"minimize") == 0)
        ShowWindow(app.main, SW_HIDE);
    else if (lstrcmpW(meaning, L"account") == 0)
        run_account_command(argument);
    else if (lstrcmpW(meaning, L"micmute") == 0)
        app.muted = app.version >= V3_21_6 || !app.muted;
    else if (lstrcmpW(meaning, L"micunmute") == 0)
        app.muted = FALSE;
    else
        run_call_command(meaning, argument);
    set_text(app.understood, understood); /* last, as `/account:N NUMBER` dials as well */
}

static const WCHAR *without_scheme(const WCHAR *text)
{
    static const struct { const WCHAR *scheme; int since; } schemes[] = {
        { L"tel:", V3_14 }, { L"sip:", V3_14 }, { L"callto:", V3_14 }, { L"dial:", V3_21_6 }, { L"dialpad:", V3_21_6 },
    };
    for (int i = 0; i < LENGTH(schemes); i++)
        if (app.version >= schemes[i].since && starts_with(text, schemes[i].scheme)) {
            text += lstrlenW(schemes[i].scheme);
            return app.version >= V3_20_5 && starts_with(text, L"//") ? text + 2 : text;
        }
    return text;
}

/* Only these two are decoded. */
static void decode(WCHAR *text)
{
    WCHAR *to = text;
    while (*text) {
        BOOL blank = starts_with(text, L"%20"), plus = starts_with(text, L"%2B");
        *to++ = blank ? L' ' : plus ? L'+' : *text;
        text += blank || plus ? 3 : 1;
    }
    *to = 0;
}

/* Whatever is no command: NUMBER, which is dialled, or NUMBER TEXT, which is a SIP message and no call. */
static void dial_or_send(const WCHAR *text)
{
    WCHAR number[TEXT_SIZE], understood[TEXT_SIZE + 32], *rest;
    lstrcpynW(number, without_scheme(text), TEXT_SIZE);
    decode(number);
    StrTrimW(number, L" ");
    swprintf(understood, LENGTH(understood), StrChrW(number, L' ') ? L"message %ls" : L"dial %ls", number);
    set_text(app.understood, understood);
    if (app.modal_on_copydata) { /* such as "no account", "invalid number", "no microphone" */
        MessageBoxW(app.main, in_language(L"Invalid number", L"Неверный номер"), L"MicroSIP", MB_ICONEXCLAMATION);
        return;
    }
    if (StrChrW(number, L' ')) {
        set_text(app.last_message, number);
        return;
    }
    rest = StrChrW(number, L',');
    if (rest && app.version >= V3_20_5) { /* tones for the time after the answer */
        set_text(app.tones, rest + 1);
        *rest = 0;
    }
    dial(number);
}

static void run_command_line(const WCHAR *line)
{
    WCHAR text[TEXT_SIZE];
    const WCHAR *argument;
    int found;
    lstrcpynW(text, line, TEXT_SIZE);
    StrTrimW(text, L" \t\r\n");
    if (lstrlenW(text) >= 2 && text[0] == L'"' && text[lstrlenW(text) - 1] == L'"') {
        text[lstrlenW(text) - 1] = 0;
        memmove(text, text + 1, lstrlenW(text) * sizeof(WCHAR));
    }
    if (!text[0])
        return;
    found = find_command(text, &argument);
    if (found >= 0)
        run_command(text, commands[found].meaning, argument);
    else if (app.version >= V3_20_5 && starts_with(text, L"msip:")) /* as if it was not there */
        run_command_line(text + lstrlenW(L"msip:"));
    else
        dial_or_send(text);
}

/* 0 means taken, which says nothing about success; 1 means not handled. */
static LRESULT on_copydata(const COPYDATASTRUCT *data)
{
    WCHAR text[TEXT_SIZE];
    int sent = data->lpData ? (int)(data->cbData / sizeof(WCHAR)) : 0, length = 0;
    while (length < sent && length < TEXT_SIZE - 2 && ((const WCHAR *)data->lpData)[length])
        length++;
    memcpy(text, data->lpData ? data->lpData : L"", length * sizeof(WCHAR));
    text[length] = 0;
    if (length == sent) /* MicroSIP reads on until it meets a NUL: a sender that forgot it shall notice */
        lstrcatW(text, L"\xFFFD");

    set_text(app.last_copydata, text);
    InterlockedIncrement(&app.copydata_count);
    if (app.version >= V3_20_5 && (app.engine_down || (data->dwData != 1 && data->dwData != 2)))
        return 1;
    if (data->dwData == 1)
        run_command_line(text);
    else if (data->dwData == 2 && app.version >= V3_20_5)
        PostMessageW(app.main, UM_LATER, 0, (LPARAM)_wcsdup(text));
    return 0;
}

/* ---- The dialer page and its buttons ------------------------------------------------------------ */

/* The check mark is a thing of its own: BM_SETCHECK changes it, and nothing but it. A click sets it anew. */
static LRESULT CALLBACK dnd_button_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    switch (message) {
    case BM_GETCHECK:
        return GetPropW(window, L"StandInCheck") ? BST_CHECKED : BST_UNCHECKED;
    case BM_SETCHECK:
        SetPropW(window, L"StandInCheck", (HANDLE)(ULONG_PTR)(wparam == BST_CHECKED));
        InvalidateRect(window, NULL, TRUE);
        return 0;
    case WM_NCDESTROY:
        RemovePropW(window, L"StandInCheck");
        break;
    }
    return CallWindowProcW((WNDPROC)GetClassLongPtrW(window, GCLP_WNDPROC), window, message, wparam, lparam);
}

static HWND child(HWND parent, const WCHAR *class, const WCHAR *text, DWORD style, int id)
{
    int x = 10 + id % 6 * 30, y = 10 + id % 7 * 20; /* where it is drawn is of no interest to anybody */
    HWND window = CreateWindowExW(0, class, text, WS_CHILD | style, x, y, 28, 18, parent, (HMENU)(INT_PTR)id,
                                  GetModuleHandleW(NULL), NULL);
    return gated(window, NULL);
}

static void checkbox(HWND page, const WCHAR *key, int id)
{
    HWND button = child(page, L"Button", key, WS_VISIBLE | BS_AUTOCHECKBOX | BS_PUSHLIKE, id);
    SendMessageW(button, BM_SETCHECK, is_set(key) ? BST_CHECKED : BST_UNCHECKED, 0);
}

/* All of them get new handles: after Settings-OK and after a change of account the old ones are dead. */
static void rebuild_buttons(void)
{
    static const int ids[] = { DND, AA, AC, FWD, CONF, REC };
    HWND page = app.pages[DIALER];
    for (int i = 0; i < LENGTH(ids); i++)
        if (GetDlgItem(page, ids[i]))
            DestroyWindow(GetDlgItem(page, ids[i]));
    app.dnd_button = NULL;
    if (app.version < V3_20_5)
        return;

    if (has_dnd_button()) {
        /* Since 3.21.6 the button draws itself, so its style does not tell that it can be checked. */
        DWORD style = WS_VISIBLE | (app.version >= V3_21_6 ? BS_OWNERDRAW : BS_CHECKBOX | BS_PUSHLIKE);
        HWND button = child(page, L"Button", in_language(L"DND", L"НБ"), style, DND);
        SetWindowLongPtrW(button, GWLP_USERDATA, (LONG_PTR)dnd_button_procedure);
        SendMessageW(button, BM_SETCHECK, app.dnd ? BST_CHECKED : BST_UNCHECKED, 0);
        app.dnd_button = button;
    }
    if (lstrcmpW(setting(L"autoAnswer"), L"button") == 0)
        checkbox(page, L"AA", AA);
    checkbox(page, L"AC", AC);
    if (app.version >= V3_21_6 && lstrcmpW(setting(L"forwarding"), L"button") == 0)
        checkbox(page, L"FWD", FWD);
    child(page, L"Button", L"CONF", WS_VISIBLE, CONF);
    child(page, L"Button", L"REC", WS_VISIBLE, REC);
}

/* It flips the stored value, also when there is no button; then it has no effect on calls. */
static void on_dnd_click(void)
{
    if (app.ignore_clicks) {
        InterlockedIncrement(&app.ignored_clicks);
        return;
    }
    app.dnd = !app.dnd;
    if (app.dnd_button)
        SendMessageW(app.dnd_button, BM_SETCHECK, app.dnd ? BST_CHECKED : BST_UNCHECKED, 0);
    InterlockedIncrement(&app.clicks);
    if (app.version >= V3_21_6) {
        save_soon();
        show_status();
    } else {
        show_status();
        save_settings();
    }
}

/* AA, AC and FWD take their new value from the button: a bare WM_COMMAND changes nothing. */
static void on_checkbox_click(HWND page, int id, const WCHAR *key)
{
    set_setting(key, SendDlgItemMessageW(page, id, BM_GETCHECK, 0, 0) == BST_CHECKED ? L"1" : L"0");
    save_soon();
    show_status();
}

static LRESULT CALLBACK page_procedure(HWND page, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message == WM_COMMAND && page == app.pages[DIALER] && HIWORD(wparam) == BN_CLICKED && app.version >= V3_20_5) {
        switch (LOWORD(wparam)) {
        case DND:
            if (app.hang_on_click > 0) { /* the handler blocks in its middle; what is sent meanwhile comes after it */
                begin_freeze(app.hang_on_click);
                app.hang_on_click = 0;
                return hold(page, message, wparam, lparam);
            }
            on_dnd_click();
            return 0;
        case AA: on_checkbox_click(page, AA, L"AA"); return 0;
        case AC: on_checkbox_click(page, AC, L"AC"); return 0;
        case FWD: on_checkbox_click(page, FWD, L"FWD"); return 0;
        }
    }
    if (message == WM_SYSCOMMAND || message == WM_CLOSE)
        return 0;
    return CallWindowProcW((WNDPROC)GetClassLongPtrW(page, GCLP_WNDPROC), page, message, wparam, lparam);
}

/* ---- The other windows -------------------------------------------------------------------------- */

static LRESULT CALLBACK status_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    /* In 3.14 the pane has another number, so asking the bar for its text yields nothing. */
    if (app.version < V3_20_5 && message == WM_GETTEXTLENGTH)
        return 0;
    if (app.version < V3_20_5 && message == WM_GETTEXT) {
        if (wparam)
            *(WCHAR *)lparam = 0;
        return 0;
    }
    return CallWindowProcW((WNDPROC)GetClassLongPtrW(window, GCLP_WNDPROC), window, message, wparam, lparam);
}

static void create_tabs(void)
{
    static WCHAR *names[] = { L"Phone", L"Logs", L"Contacts" };
    app.tabs = child(app.main, L"SysTabControl32", L"", WS_VISIBLE, app.version < V3_20_5 ? TAB_CONTROL_3_14 : TAB_CONTROL);
    for (int i = 0; i < PAGES; i++) {
        TCITEMW item = { .mask = TCIF_TEXT, .pszText = names[i] };
        SendMessageW(app.tabs, TCM_INSERTITEMW, i, (LPARAM)&item);
    }
}

/* Three children of one class and without an id: only what they own tells them apart. */
static void create_pages(void)
{
    for (int i = 0; i < PAGES; i++) {
        HWND page = CreateWindowExW(WS_EX_CONTROLPARENT, L"#32770", L"", WS_CHILD, 0, 30, 280, 400, app.main, NULL,
                                    GetModuleHandleW(NULL), NULL);
        app.pages[i] = gated(page, page_procedure);
    }
    child(app.pages[LOGS], L"SysListView32", L"", WS_VISIBLE, CALLS_LIST);
    child(app.pages[CONTACTS], L"SysListView32", L"", WS_VISIBLE, CONTACTS_LIST);
}

static void fill_dialer(void)
{
    static const struct { int id; const WCHAR *text; DWORD style; } buttons[] = {
        { CALL, L"Call", WS_VISIBLE }, { END, L"End", 0 }, { 1141, L"Video", 0 }, { 1076, L"Message", WS_VISIBLE },
        { HOLD, L"Hold", BS_CHECKBOX | BS_PUSHLIKE }, { 1135, L"Transfer", 0 }, { 1200, L"Redial", WS_VISIBLE },
        { 1019, L"", WS_VISIBLE | BS_AUTOCHECKBOX | BS_PUSHLIKE }, { 1018, L"", WS_VISIBLE | BS_AUTOCHECKBOX | BS_PUSHLIKE },
    };
    for (int i = 0; i < LENGTH(buttons); i++)
        child(app.pages[DIALER], L"Button", buttons[i].text, buttons[i].style, buttons[i].id);
    for (int digit = 0; digit <= 9; digit++) {
        WCHAR text[2] = { L'0' + digit, 0 };
        child(app.pages[DIALER], L"Button", text, WS_VISIBLE, 1060 + digit);
    }
    child(app.pages[DIALER], L"ComboBox", L"", WS_VISIBLE | CBS_DROPDOWN, NUMBER);
    rebuild_buttons();
}

static void create_status_bar(void)
{
    int edges[] = { 200, -1 };
    app.status = child(app.main, STATUSCLASSNAMEW, L"", WS_VISIBLE, STATUS_BAR);
    SetWindowLongPtrW(app.status, GWLP_USERDATA, (LONG_PTR)status_procedure);
    SendMessageW(app.status, SB_SETPARTS, LENGTH(edges), (LPARAM)edges);
}

static void on_close(void)
{
    Sleep(app.close_ms); /* unregistering; real ones take seconds */
    save_now();
    DestroyWindow(app.main);
}

static void answer_request(void *request);

static LRESULT CALLBACK main_procedure(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    switch (message) {
    case UM_CONTROL:
        answer_request((void *)lparam);
        return 0;
    case UM_LATER:
        run_command_line((WCHAR *)lparam);
        free((WCHAR *)lparam);
        return 0;
    case UM_INVITATION:
        on_invitation((Invitation *)lparam);
        free((Invitation *)lparam);
        return 0;
    case WM_COPYDATA:
        return on_copydata((const COPYDATASTRUCT *)lparam);
    case WM_NOTIFY:
        if (((NMHDR *)lparam)->code == (UINT)TCN_SELCHANGE) {
            select_tab((int)SendMessageW(app.tabs, TCM_GETCURSEL, 0, 0));
            save_soon();
        }
        return 0;
    case WM_TIMER:
        if (wparam == SAVE_TIMER)
            save_now();
        if (wparam == CALL_TIMER && current_call()) /* its time is rewritten every second */
            show_status();
        return 0;
    case WM_SYSCOMMAND:
        if ((wparam & 0xFFF0) == SC_CLOSE) { /* the X only hides */
            ShowWindow(window, SW_HIDE);
            return 0;
        }
        break;
    case WM_CLOSE:
        on_close();
        return 0;
    case WM_DESTROY:
        RemovePropW(window, L"StandInRefuses");
        PostQuitMessage(0);
        return 0;
    }
    return DefWindowProcW(window, message, wparam, lparam);
}

static void create_windows(void)
{
    INITCOMMONCONTROLSEX controls = { sizeof(controls), ICC_WIN95_CLASSES };
    WNDCLASSEXW class = {
        .cbSize = sizeof(class), .lpfnWndProc = DefWindowProcW, .cbWndExtra = DLGWINDOWEXTRA,
        .hInstance = GetModuleHandleW(NULL), .hbrBackground = (HBRUSH)(COLOR_BTNFACE + 1), .lpszClassName = L"MicroSIP",
    };
    InitCommonControlsEx(&controls);
    RegisterClassExW(&class);
    app.main = gated(CreateWindowExW(WS_EX_APPWINDOW | WS_EX_CONTROLPARENT, L"MicroSIP", L"MicroSIP", WS_OVERLAPPEDWINDOW,
                                     100, 100, 300, 480, NULL, NULL, class.hInstance, NULL), main_procedure);
    create_tabs();
    if (app.version >= V3_20_5)
        child(app.main, L"Button", L"", WS_VISIBLE, MENU_BUTTON);
    create_pages();
    create_status_bar();
    fill_dialer();
    select_tab(app.tab);
    show_title();
    set_registration(registration_of_account());
    SetTimer(app.main, CALL_TIMER, 1000, NULL);
}

/* ---- Commands on standard input -----------------------------------------------------------------
 *
 * One line each, answered by one line on standard output: "ok", "ok SOMETHING" or "error WHY".
 * "ok later" says that the UI thread is frozen now and will do it when it wakes up.
 *
 *   state                        one line of JSON
 *   click                        the user clicks DND
 *   hang SECONDS                 freeze the UI thread now
 *   hang_on_click SECONDS        the next click on DND blocks that long, and takes effect then
 *   ignore_clicks 0|1            clicks on DND are taken and change nothing
 *   refuse 0|1                   answer senders with "access denied", see below
 *   settings_ok [denyIncoming=V] the user pressed OK in the settings
 *   account N, tab N, show, hide
 *   registration NAME            online away call_forwarding connecting idle incorrect_password connection_failed
 *                                offline local, or: other TEXT
 *   engine 0|1                   the SIP engine does not run: WM_COPYDATA is answered by 1
 *   call TEXT, call_end          the status bar shows TEXT instead of the registration; END is shown
 *   ring NUMBER [NAME]           somebody calls; told is that the call is on its way
 *   answer, decline              the user answers the first ringing call, or declines it
 *   dial TEXT                    the user dials
 *   remote_answers, remote_busy, remote_hangup
 *                                what the other side of the first outgoing, or of the current call does
 *   delete_entry KEY             the user deletes an entry of the list of calls
 *   press aa|fwd                 the user clicks this button
 *   modal_on_copydata 0|1        dialling opens an error box, which blocks the sender of WM_COPYDATA
 *   modal_close                  somebody closes that box
 *   lock_ini MS                  hold the ini file so that nobody else can open it
 *   close                        WM_CLOSE
 *   crash                        the process is gone at once, nothing is saved
 */

typedef struct {
    WCHAR line[TEXT_SIZE];
    char answer[256];
    HANDLE done;
    LONG users; /* the two threads; the last one frees it */
} Request;

static void release(Request *request)
{
    if (InterlockedDecrement(&request->users) == 0) {
        CloseHandle(request->done);
        free(request);
    }
}

static const WCHAR *argument_of(const WCHAR *line, const WCHAR *command)
{
    int length = lstrlenW(command);
    if (wcsncmp(line, command, length) != 0)
        return NULL;
    return line[length] == L' ' ? line + length + 1 : line[length] == 0 ? line + length : NULL;
}

static BOOL set_registration_by_name(const WCHAR *name)
{
    static const WCHAR *names[] = { L"online", L"away", L"call_forwarding", L"connecting", L"idle",
                                    L"incorrect_password", L"connection_failed", L"offline", L"local" };
    const WCHAR *other = argument_of(name, L"other");
    if (other) {
        set_text(app.registration_text, other);
        set_registration(OTHER);
        return TRUE;
    }
    for (int i = 0; i < LENGTH(names); i++)
        if (lstrcmpW(names[i], name) == 0) {
            set_registration((Registration)i);
            return TRUE;
        }
    return FALSE;
}

/* Windows refuses a message to a window of higher integrity with error 5. Under Wine all processes are of one
 * integrity, so the stand-in cannot make that happen. It only puts up a sign, a window property which the
 * tests' own sender of messages looks at before it sends, and which makes that sender fail with error 5. */
static void put_up_refusal(BOOL refuse)
{
    if (refuse)
        SetPropW(app.main, L"StandInRefuses", (HANDLE)1);
    else
        RemovePropW(app.main, L"StandInRefuses");
}

static const char *settings_ok(const WCHAR *changes)
{
    if (starts_with(changes, L"denyIncoming="))
        set_setting(L"denyIncoming", changes + lstrlenW(L"denyIncoming="));
    else if (changes[0])
        return "error only denyIncoming=VALUE can be changed";
    save_now();
    rebuild_buttons();
    show_status();
    return "ok";
}

static const char *user_clicks(void)
{
    if (!app.dnd_button)
        return "error there is no DND button";
    SendMessageW(app.pages[DIALER], WM_COMMAND, MAKEWPARAM(DND, BN_CLICKED), (LPARAM)app.dnd_button);
    return "ok";
}

static const char *press(const WCHAR *name)
{
    int id = lstrcmpW(name, L"aa") == 0 ? AA : lstrcmpW(name, L"fwd") == 0 ? FWD : 0;
    HWND button = id ? GetDlgItem(app.pages[DIALER], id) : NULL;
    if (!button)
        return "error there is no such button";
    SendMessageW(button, BM_SETCHECK, is_set(id == AA ? L"AA" : L"FWD") ? BST_UNCHECKED : BST_CHECKED, 0);
    SendMessageW(app.pages[DIALER], WM_COMMAND, MAKEWPARAM(id, BN_CLICKED), (LPARAM)button);
    return "ok";
}

static const char *close_modal(void)
{
    HWND box = GetLastActivePopup(app.main);
    if (box == app.main)
        return "error no box is open";
    PostMessageW(box, WM_COMMAND, IDOK, 0);
    return "ok";
}

static const char *press_in_box(int button)
{
    Call *ringing = call_in_state(RINGING);
    if (!ringing || !ringing->box)
        return "error nobody calls";
    SendMessageW(ringing->box, WM_COMMAND, MAKEWPARAM(button, BN_CLICKED), (LPARAM)GetDlgItem(ringing->box, button));
    return "ok";
}

static void is_busy_there(Call *call) { end_call(call, L"Busy Here", TRUE); }
static void hangs_up_there(Call *call) { end_call(call, end_words(call), FALSE); }

static const char *other_side(void (*act)(Call *), Call *call)
{
    if (!call)
        return "error there is no such call";
    act(call);
    return "ok";
}

/* On the UI thread. */
static const char *carry_out(const WCHAR *line)
{
    const WCHAR *argument;
    if (lstrcmpW(line, L"click") == 0)
        return user_clicks();
    if ((argument = argument_of(line, L"hang_on_click")))
        app.hang_on_click = wcstod(argument, NULL);
    else if ((argument = argument_of(line, L"ignore_clicks")))
        app.ignore_clicks = _wtoi(argument);
    else if ((argument = argument_of(line, L"refuse")))
        put_up_refusal(_wtoi(argument));
    else if ((argument = argument_of(line, L"settings_ok")))
        return settings_ok(argument);
    else if ((argument = argument_of(line, L"account")))
        switch_account(_wtoi(argument));
    else if ((argument = argument_of(line, L"tab"))) {
        if (_wtoi(argument) < 0 || _wtoi(argument) >= PAGES)
            return "error there are the tabs 0, 1 and 2";
        select_tab(_wtoi(argument));
        swprintf(setting(L"activeTab"), TEXT_SIZE, L"%d", app.tab);
        save_soon();
    } else if (lstrcmpW(line, L"show") == 0)
        ShowWindow(app.main, SW_SHOW);
    else if (lstrcmpW(line, L"hide") == 0)
        ShowWindow(app.main, SW_HIDE);
    else if ((argument = argument_of(line, L"registration")))
        return set_registration_by_name(argument) ? "ok" : "error no such registration";
    else if ((argument = argument_of(line, L"engine")))
        app.engine_down = !_wtoi(argument);
    else if ((argument = argument_of(line, L"call")))
        set_call(TRUE, argument);
    else if (lstrcmpW(line, L"call_end") == 0)
        set_call(FALSE, L"");
    else if ((argument = argument_of(line, L"ring")))
        ring(argument);
    else if (lstrcmpW(line, L"answer") == 0 || lstrcmpW(line, L"decline") == 0)
        return press_in_box(line[0] == L'a' ? ANSWER : DECLINE);
    else if ((argument = argument_of(line, L"dial")))
        dial(argument);
    else if ((argument = argument_of(line, L"remote_answers")))
        return other_side(connect_call, call_in_state(CALLING));
    else if ((argument = argument_of(line, L"remote_busy")))
        return other_side(is_busy_there, call_in_state(CALLING));
    else if ((argument = argument_of(line, L"remote_hangup")))
        return other_side(hangs_up_there, current_call() ? current_call() : call_in_state(RINGING));
    else if ((argument = argument_of(line, L"delete_entry")))
        WritePrivateProfileStringW(L"Calls", argument, L"null", app.ini);
    else if ((argument = argument_of(line, L"press")))
        return press(argument);
    else if ((argument = argument_of(line, L"modal_on_copydata")))
        app.modal_on_copydata = _wtoi(argument);
    else if (lstrcmpW(line, L"modal_close") == 0)
        return close_modal();
    else
        return "error no such command";
    return "ok";
}

static void answer_request(void *posted)
{
    Request *request = posted;
    const WCHAR *seconds = argument_of(request->line, L"hang");
    if (seconds) {
        begin_freeze(wcstod(seconds, NULL));
        take_sent_messages_until_thaw();
        thaw();
        lstrcpynA(request->answer, "ok", sizeof(request->answer));
    } else {
        lstrcpynA(request->answer, carry_out(request->line), sizeof(request->answer));
    }
    SetEvent(request->done);
    release(request);
}

/* ---- The reader thread: it answers even while the UI thread is frozen --------------------------- */

static void say(const char *line)
{
    DWORD written;
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
    char whole[16384];
    if (!output || output == INVALID_HANDLE_VALUE)
        return; /* started by a person, or by a program that does not want to hear */
    snprintf(whole, sizeof(whole), "%s\n", line);
    WriteFile(output, whole, (DWORD)strlen(whole), &written, NULL);
}

typedef struct { char text[16384]; int length; } Json;

static void add(Json *json, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int room = (int)sizeof(json->text) - json->length, wanted = vsnprintf(json->text + json->length, room, format, values);
    va_end(values);
    json->length += wanted < room ? wanted : room - 1;
}

static void add_number(Json *json, const char *name, ULONG_PTR value)
{
    add(json, "%s\"%s\": %llu", json->length > 1 ? ", " : "", name, (unsigned long long)value);
}

static void add_flag(Json *json, const char *name, BOOL value)
{
    add(json, "%s\"%s\": %s", json->length > 1 ? ", " : "", name, value ? "true" : "false");
}

static void add_text(Json *json, const char *name, const WCHAR *text)
{
    add(json, "%s\"%s\": \"", json->length > 1 ? ", " : "", name);
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7E || *text == L'"' || *text == L'\\')
            add(json, "\\u%04x", *text);
        else
            add(json, "%c", *text);
    }
    add(json, "\"");
}

static void say_state(void)
{
    static Json json;
    memset(&json, 0, sizeof(json));
    EnterCriticalSection(&texts_lock);
    add(&json, "{");
    add_number(&json, "pid", GetCurrentProcessId());
    add_text(&json, "version", app.version_text);
    add_text(&json, "exe", app.exe);
    add_text(&json, "ini", app.ini);
    add_number(&json, "main", (ULONG_PTR)app.main);
    add_number(&json, "page", (ULONG_PTR)app.pages[DIALER]);
    add_number(&json, "button", (ULONG_PTR)app.dnd_button);
    add_number(&json, "status_bar", (ULONG_PTR)app.status);
    add_number(&json, "tab", app.tab);
    add_flag(&json, "visible", IsWindowVisible(app.main));
    add_flag(&json, "frozen", frozen.on);
    add_flag(&json, "dnd", app.dnd);
    add_flag(&json, "dnd_effective", dnd_is_effective());
    add_text(&json, "deny_incoming", setting(L"denyIncoming"));
    add_text(&json, "account_id", setting(L"accountId"));
    add_number(&json, "clicks", app.clicks);
    add_number(&json, "ignored_clicks", app.ignored_clicks);
    add_number(&json, "saves", app.saves);
    add_flag(&json, "save_pending", app.save_pending);
    add_flag(&json, "in_call", is_busy());
    add_text(&json, "calls", app.calls);
    add_text(&json, "understood", app.understood);
    add_text(&json, "tones", app.tones);
    add_flag(&json, "muted", app.muted);
    add_number(&json, "copydata_count", app.copydata_count);
    add_text(&json, "last_copydata", app.last_copydata);
    add_text(&json, "last_command", app.last_command);
    add_text(&json, "last_message", app.last_message);
    add_number(&json, "dialled_count", app.dialled_count);
    add_text(&json, "last_dialled", app.last_dialled);
    add_text(&json, "pending_dial", app.pending_dial);
    add(&json, "}");
    LeaveCriticalSection(&texts_lock);
    char line[sizeof(json.text) + 8];
    snprintf(line, sizeof(line), "ok %s", json.text);
    say(line);
}

static struct { HANDLE file; DWORD ms; } ini_lock;

static DWORD WINAPI unlock_ini_later(void *unused)
{
    (void)unused;
    Sleep(ini_lock.ms);
    CloseHandle(ini_lock.file);
    return 0;
}

static const char *lock_ini(int ms)
{
    HANDLE thread;
    ini_lock.file = CreateFileW(app.ini, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (ini_lock.file == INVALID_HANDLE_VALUE)
        return "error somebody else has the ini file open";
    ini_lock.ms = ms;
    thread = CreateThread(NULL, 0, unlock_ini_later, NULL, 0, NULL);
    CloseHandle(thread);
    return "ok";
}

static void ask_ui_thread(const WCHAR *line)
{
    Request *request = calloc(1, sizeof(*request));
    HANDLE events[2];
    lstrcpynW(request->line, line, TEXT_SIZE);
    request->done = events[0] = CreateEventW(NULL, TRUE, FALSE, NULL);
    events[1] = frozen.started;
    request->users = 2;
    if (!PostMessageW(app.main, UM_CONTROL, 0, (LPARAM)request)) {
        say("error it is closing");
        return;
    }
    if (WaitForMultipleObjects(2, events, FALSE, INFINITE) == WAIT_OBJECT_0)
        say(request->answer);
    else
        say(argument_of(line, L"hang") ? "ok" : "ok later");
    release(request);
}

static void on_line(const WCHAR *line)
{
    const WCHAR *argument;
    if (lstrcmpW(line, L"state") == 0)
        say_state();
    else if ((argument = argument_of(line, L"lock_ini")))
        say(lock_ini(_wtoi(argument)));
    else if (lstrcmpW(line, L"close") == 0)
        say(PostMessageW(app.main, WM_CLOSE, 0, 0) ? "ok" : "error it is closing");
    else if (lstrcmpW(line, L"crash") == 0) {
        say("ok");
        TerminateProcess(GetCurrentProcess(), 0xC0000005);
    } else
        ask_ui_thread(line);
}

/* The end of standard input is the end of this thread only: MicroSIP does not end with whoever started it. */
static DWORD WINAPI read_lines(void *unused)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    char bytes[TEXT_SIZE];
    WCHAR line[TEXT_SIZE];
    DWORD got;
    int length = 0;
    (void)unused;
    while (ReadFile(input, bytes + length, 1, &got, NULL) && got == 1) {
        if (bytes[length] == '\n') {
            bytes[length] = 0;
            if (length && bytes[length - 1] == '\r')
                bytes[length - 1] = 0;
            MultiByteToWideChar(CP_UTF8, 0, bytes, -1, line, TEXT_SIZE);
            on_line(line);
            length = 0;
        } else if (length < TEXT_SIZE - 2) {
            length++;
        }
    }
    return 0;
}

/* ---- One instance per exe path, and the start --------------------------------------------------- */

/* MicroSIP also compares the module handle, which is the same for every process of one exe file. */
static BOOL CALLBACK is_other_instance(HWND window, LPARAM found)
{
    WCHAR text[MAX_PATH];
    DWORD pid = 0, size = MAX_PATH;
    BOOL same = FALSE;
    HANDLE process;
    if (GetWindow(window, GW_OWNER) || !GetClassNameW(window, text, MAX_PATH) || lstrcmpW(text, L"MicroSIP") != 0)
        return TRUE;
    GetWindowThreadProcessId(window, &pid);
    process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
    if (process) {
        same = QueryFullProcessImageNameW(process, 0, text, &size) && lstrcmpiW(text, app.exe) == 0;
        CloseHandle(process);
    }
    if (same)
        *(HWND *)found = window;
    return !same;
}

/* What a second start of one exe does; it ends then. */
static void tell_running_one(HWND other, WCHAR *line)
{
    COPYDATASTRUCT data = { 1, (lstrlenW(line) + 1) * sizeof(WCHAR), line };
    if (lstrcmpiW(line, L"/exit") == 0)
        PostMessageW(other, WM_CLOSE, 0, 0);
    else if (lstrcmpiW(line, L"/minimized") == 0)
        return;
    else if (!line[0] || SendMessageW(other, WM_COPYDATA, 0, (LPARAM)&data) == 1) {
        ShowWindow(other, SW_SHOW);
        SetForegroundWindow(other);
    }
}

/* These make no sense without a running MicroSIP, and do not start one. */
static BOOL needs_running_one(const WCHAR *line)
{
    return lstrcmpiW(line, L"/exit") == 0 ||
           (app.version >= V3_20_5 && (lstrcmpiW(line, L"/answer") == 0 || lstrcmpiW(line, L"/hangupall") == 0));
}

static void from_environment(const WCHAR *name, const WCHAR *otherwise, WCHAR *value, int size)
{
    if (!GetEnvironmentVariableW(name, value, size))
        lstrcpynW(value, otherwise, size);
}

static void choose(void)
{
    WCHAR text[16];
    int major = 0, minor = 0, patch = 0;
    from_environment(L"STANDIN_VERSION", BUILT_AS, app.version_text, LENGTH(app.version_text));
    swscanf(app.version_text, L"%d.%d.%d", &major, &minor, &patch);
    app.version = major * 10000 + minor * 100 + patch;
    from_environment(L"STANDIN_LANGUAGE", L"en", text, LENGTH(text));
    app.russian = lstrcmpiW(text, L"ru") == 0;
    from_environment(L"STANDIN_CLOSE_MS", L"300", text, LENGTH(text));
    app.close_ms = _wtoi(text);
}

static BOOL starts_hidden(const WCHAR *line)
{
    WCHAR text[16];
    from_environment(L"STANDIN_HIDDEN", L"0", text, LENGTH(text));
    return lstrcmpW(text, L"1") == 0 || (lstrcmpiW(line, L"/minimized") == 0 && !app.first_run) ||
           (app.version >= V3_21_6 && is_set(L"minimized"));
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, WCHAR *command_line, int show)
{
    HWND other = NULL;
    MSG message;
    WCHAR line[TEXT_SIZE];
    (void)instance, (void)previous, (void)show;
    lstrcpynW(line, command_line, TEXT_SIZE);
    StrTrimW(line, L" \t");

    InitializeCriticalSection(&texts_lock);
    frozen.started = CreateEventW(NULL, TRUE, FALSE, NULL);
    choose();
    find_ini();
    create_or_convert_ini(); /* every start does it, also one that only brings a command */
    load_settings();

    EnumWindows(is_other_instance, (LPARAM)&other);
    if (other) {
        tell_running_one(other, line);
        return 0;
    }
    if (needs_running_one(line))
        return 0;

    create_windows();
    if (!starts_hidden(line))
        ShowWindow(app.main, SW_SHOWNORMAL);
    say("ready");
    CloseHandle(CreateThread(NULL, 0, read_lines, NULL, 0, NULL));
    if (line[0] && lstrcmpiW(line, L"/minimized") != 0)
        run_command_line(line);
    while (GetMessageW(&message, NULL, 0, 0) > 0) {
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
    return 0;
}
