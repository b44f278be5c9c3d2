/** Milliseconds as a person reads them. */
export const brief = (millis: number): string =>
  millis < 1000
    ? `${Math.round(millis)} ms`
    : millis < 60_000
    ? `${Number((millis / 1000).toFixed(1))} s`
    : `${Math.floor(millis / 60_000)} min ${Math.round(millis % 60_000 / 1000)} s`
