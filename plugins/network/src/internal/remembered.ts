/** Answers about short texts that come again and again, kept in bounded memory. */

/** More than the clients of a busy minute; strangers may fill no more than this. */
const most = 4096

/** A part of a header would keep the whole header alive. */
export const copyOf = (text: string): string => Buffer.from(text).toString()

/** `of`, asked once for each text until too many are known. */
export const remembered = <A>(of: (text: string) => A): (text: string) => A => {
  const known = new Map<string, A>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const made = of(text)
    if (known.size >= most) known.clear()
    known.set(copyOf(text), made)
    return made
  }
}
