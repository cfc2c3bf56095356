/* The bcryptprimitives.dll that every Windows since 7 has and Wine 8 has not. Extensions written in Rust, as pydantic's
 * is, take their random numbers from its one documented function; here they come from the older one beside it. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{
    const SIZE_T most = 0x10000; /* the older function counts in 32 bits */

    for (; size > most; data += most, size -= most)
        if (!RtlGenRandom(data, (ULONG)most))
            return FALSE;
    return RtlGenRandom(data, (ULONG)size);
}
