/** Texts of an app on their way to a terminal, which obeys control characters. */

// C0, DEL, C1 and the Unicode line separators.
const obeyed = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** One line that a terminal only shows. */
export const printable = (text: string): string => text.replace(obeyed, escape)
