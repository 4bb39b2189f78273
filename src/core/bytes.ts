const units = {
  B: 1,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} as const

/** For people: `850 B`, `512 KB`, `10 MB`, in thousands. */
export function textFromBytes(bytes: number): string {
  for (const unit of ['GB', 'MB', 'KB'] as const) {
    if (bytes >= units[unit]) return `${Number((bytes / units[unit]).toFixed(2))} ${unit}`
  }
  return `${bytes} B`
}

/** Bytes from text such as `512KB`, `64MB` (millions) or `64MiB`; `undefined` when it is none. A bare number has no unit and is none. */
export function bytesFromText(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(B|KB|MB|GB|KiB|MiB|GiB)$/.exec(text)
  if (match === null) return undefined
  const bytes = Number(match[1]) * units[match[2] as keyof typeof units]
  return Math.round(bytes)
}
