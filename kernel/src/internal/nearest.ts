/** Edit distance (Levenshtein, one row), so that a misspelt key can name the one that was meant. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The candidate that needs the fewest edits, when at most a third of the word would change; otherwise none. */
export const nearest = (word: string, candidates: ReadonlyArray<string>): string | undefined => {
  const edits = (candidate: string) => distance(word.toLowerCase(), candidate.toLowerCase())
  const [best] = candidates.toSorted((a, b) => edits(a) - edits(b))
  return best !== undefined && edits(best) <= Math.max(2, Math.floor(word.length / 3)) ? best : undefined
}
