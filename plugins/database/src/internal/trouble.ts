/** Pure: what the words of PostgreSQL or of the system mean for the operator of an embedded server. */

const memory = {
  words: /shared memory|cannot allocate memory|ENOMEM/i,
  remedy: "Give the app more memory; in a container also a larger /dev/shm (docker run --shm-size=256m)."
}

const room = {
  words: /no space left on device|disk quota exceeded|file too large|ENOSPC|EDQUOT|EFBIG/i,
  remedy: "Make room on the disk of this folder (df -h shows it); what was committed is not lost."
}

const rights = {
  words: /permission denied|operation not permitted|invalid permissions|wrong ownership|EACCES|EPERM/i,
  remedy: "Give the folder and all in it back to one owner and make it private (chmod 700), or start as its owner."
}

const readOnly = {
  words: /read-only file system|EROFS/i,
  remedy: "Mount it so that it can be written, or set HEPTAD_DATA_DIR to another folder."
}

const damage = {
  words: /could not locate a valid checkpoint record|invalid data in file|is not a valid data directory/i,
  remedy: "Its files are damaged or incomplete: restore the folder from a backup, or move it away to begin empty."
}

/** The first one that fits: what lacks shared memory says that there is no space on a device, too. */
const troubles = [memory, room, rights, readOnly, damage]

/** What to do about it; `otherwise` when the words mean nothing known. */
export const remedyFor = (words: string, otherwise: string): string =>
  troubles.find((trouble) => trouble.words.test(words))?.remedy ?? otherwise

/** Whether it is over as soon as somebody makes room, without another change. */
export const lacksRoom = (words: string): boolean => room.words.test(words) && !memory.words.test(words)

/** A line with which a server ends. */
export const final = /(?:FATAL|PANIC):\s+(.*)$/

/** Said to a client that came or stayed at the wrong moment; no reason for anything. */
const passing = /the database system is |terminating connection|too many clients|authentication failed/

const isFinal = (line: string | undefined): boolean => line !== undefined && final.test(line) && !passing.test(line)

/** Where the reason stands: the first of the last fatal lines, because each next one only follows from it. */
const placeOf = (lines: ReadonlyArray<string>): number => {
  let at = lines.findLastIndex(isFinal)
  while (isFinal(lines[at - 1])) at--
  return at
}

/** What a program says before it has its log: whole sentences, some over several lines. */
const plainOf = (lines: ReadonlyArray<string>): string | undefined => {
  const plain = lines.slice(lines.findLastIndex((line) => /^[A-Z]+:/.test(line)) + 1)
  return plain.length === 0 ? undefined : plain.join(" ")
}

/** The reason that a program gave for its end, among its last lines. */
export const lastWordsOf = (lines: ReadonlyArray<string>): string | undefined => {
  const at = placeOf(lines)
  if (at < 0) return plainOf(lines)
  const said = final.exec(lines[at] ?? "")?.[1]
  const detail = /^DETAIL:\s+(.*)$/.exec(lines[at + 1] ?? "")?.[1]
  return detail === undefined ? said : `${said} (${detail.replace(/\.$/, "")})`
}
