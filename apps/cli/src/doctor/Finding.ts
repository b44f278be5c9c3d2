/** One thing that the doctor looked at. Pure. */

export type Verdict = "ok" | "warn" | "fault"

export interface Finding {
  /** What was looked at, a word or two. */
  readonly check: string
  readonly verdict: Verdict
  /** What was found; where it is not ok, a sentence that ends with what to do. */
  readonly told: string
}

const finding = (verdict: Verdict) => (check: string, told: string): Finding => ({ check, verdict, told })

export const ok = finding("ok")
export const warn = finding("warn")
export const fault = finding("fault")
