/** Pure: the prefix that the settings give to the names of metrics. */

/** Every dashboard of every Prometheus client knows these; no client lets a namespace rename them. */
const standard = /^(process|nodejs)_/

export const prefixed = ({ namespace, subsystem }: { readonly namespace: string; readonly subsystem: string }) => {
  const prefix = [namespace, subsystem].filter((part) => part !== "").map((part) => `${part}_`).join("")
  return (name: string) => standard.test(name) ? name : `${prefix}${name}`
}
