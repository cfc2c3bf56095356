// What is typed on a PC so that it comes in, and which addresses it is told. Pure.

const LINES = {
  cmd: (token) => `echo ${token}| client\\start_stable_client.bat --join && client\\start_stable_client.bat`,
  powershell: (token) => `'${token}' | client\\start_stable_client.bat --join; if ($?) { client\\start_stable_client.bat }`,
  linux: (token) => `echo ${token} | python3 client/api_client_stable.py --join && python3 client/api_client_stable.py --simulate`,
};

/** One line for `cmd`, `powershell` or `linux`. A token has letters, digits, `-` and `_` alone: no shell changes it. */
export const commandFor = (system, token) => LINES[system](token);

/** The address that this browser used first, then those of the server's own; no PC reaches another one by loopback. */
export function addressesOf(origin, servers) {
  const used = /^https?:\/\/(localhost|127\.|\[::1\])/.test(origin) ? [] : [origin];
  const all = [...new Set([...used, ...servers])];
  return all.length ? all : [origin];
}
