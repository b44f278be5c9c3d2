/** Pure: whether what comes from a URL can be changed by nobody on its way here. */

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** https anywhere, or http on this machine; never with a password, which would stand in logs. */
export const isTrustedUrl = (text: string): boolean => {
  const url = URL.parse(text)
  if (url === null || url.username !== "" || url.password !== "") return false
  return url.protocol === "https:" || (url.protocol === "http:" && loopback.test(url.hostname))
}
