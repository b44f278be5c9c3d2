/** RFC 9112 section 3.2: a request names its host once. A proxy in between may have read another one of several. */
import type * as http from "node:http"

const count = (rawHeaders: ReadonlyArray<string>): number => {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === "host") hosts++
  }
  return hosts
}

/** HTTP/1.0 did not know the header yet, and simple health probes still speak it. */
export const isNamedOnce = ({ httpVersionMinor, rawHeaders }: http.IncomingMessage): boolean => {
  const hosts = count(rawHeaders)
  return hosts === 1 || (hosts === 0 && httpVersionMinor === 0)
}
