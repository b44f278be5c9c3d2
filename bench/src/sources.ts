/** From which addresses many connections come, because servers limit the connections of one address. */

/** The group's own address: Linux has all of 127.0.0.0/8, other systems only 127.0.0.1. */
export const sourceOf = (group: number): string => process.platform === "linux" ? `127.0.0.${2 + group}` : "127.0.0.1"
