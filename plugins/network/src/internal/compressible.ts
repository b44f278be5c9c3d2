/** Pure: what becomes smaller when it is compressed. */

const others = new Set([
  "application/graphql",
  "application/javascript",
  "application/json",
  "application/jsonl",
  "application/manifest+json",
  "application/rtf",
  "application/toml",
  "application/vnd.ms-fontobject",
  "application/wasm",
  "application/x-javascript",
  "application/x-ndjson",
  "application/x-www-form-urlencoded",
  "application/x-yaml",
  "application/xml",
  "application/yaml",
  "font/otf",
  "font/ttf",
  "image/bmp",
  "image/svg+xml",
  "image/vnd.microsoft.icon",
  "image/x-icon"
])

/** Each stream of events would keep the window of its compressor for as long as it is open: up to megabytes of an idle client. */
const never = "text/event-stream"

export const isCompressible = (contentType: string): boolean => {
  const end = contentType.indexOf(";")
  const type = (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
  return type !== never &&
    (others.has(type) || type.startsWith("text/") || type.endsWith("+json") || type.endsWith("+xml") ||
      type.endsWith("+text") || type.endsWith("+yaml"))
}
