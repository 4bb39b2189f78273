const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds from text such as `500ms`, `30s`, `5m`, `2h`, `90d`; `undefined` when it is none. A bare number has no unit and is none. */
export function durationMsFromText(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text)
  if (match === null) return undefined
  const unit = match[2] as keyof typeof unitMs
  return Math.round(Number(match[1]) * unitMs[unit])
}

/** For people: `850 ms`, `4.21 s`, `2m05s`, `3h12m`, `12d`. */
export function textFromDurationMs(ms: number): string {
  const abs = Math.abs(ms)
  if (abs < 1_000) return `${Math.round(ms).toString()} ms`
  if (abs < 60_000) return `${(ms / 1_000).toFixed(abs < 10_000 ? 2 : 1)} s`
  const seconds = Math.round(ms / 1_000)
  if (abs < 3_600_000) return `${Math.trunc(seconds / 60).toString()}m${(seconds % 60).toString().padStart(2, '0')}s`
  const minutes = Math.round(ms / 60_000)
  if (abs < 172_800_000) return `${Math.trunc(minutes / 60).toString()}h${(minutes % 60).toString().padStart(2, '0')}m`
  return `${Math.round(ms / unitMs.d).toString()}d`
}
