// Words that every report uses for the same thing.

const verdicts: Readonly<Record<string, string>> = {
  pass: 'PASS',
  fail: 'FAIL',
  unknown: 'UNKNOWN',
  splitBrain: 'SPLIT BRAIN',
}

/** `PASS`. A verdict that this georep does not know is shown as it is. */
export function verdictWord(verdict: string): string {
  return Object.hasOwn(verdicts, verdict) ? (verdicts[verdict] ?? verdict) : verdict
}

const verdictMeanings: Readonly<Record<string, string>> = {
  pass: 'every objective was met, and nothing that was checked was found wrong',
  fail: 'an objective was missed, or something that was checked was found wrong',
  unknown: 'something that decides could not be determined: this is no proof that failover works',
  splitBrain: 'both sides took writes: the source acknowledged records after the destination was writable',
}

export function verdictMeaning(verdict: string): string {
  return Object.hasOwn(verdictMeanings, verdict)
    ? (verdictMeanings[verdict] ?? '')
    : 'a verdict that this georep does not know'
}

const modeMeanings: Readonly<Record<string, string>> = {
  sandbox: 'two Kafka clusters of its own on one machine; its times are not those of the production clusters',
  practice: 'a canary of its own on the real link; the loss of the region was simulated, real topics were not touched',
  planned: 'a planned switch, which drains first: nothing can be lost by construction',
  forced: 'a forced failover, without draining: the tail that was not mirrored is lost',
}

/** What a run of that mode can and cannot show. Figures of different modes are never to be mixed. */
export function modeMeaning(mode: string): string {
  return Object.hasOwn(modeMeanings, mode) ? (modeMeanings[mode] ?? '') : 'a mode that this georep does not know'
}

/** `metadata.version 29`, as Kafka's tools call it. */
export function kafkaVersionText({ metadataVersion }: { readonly metadataVersion: number | null }): string {
  return metadataVersion === null ? 'its version not on record' : `metadata.version ${metadataVersion}`
}

/** `2026-01-02 10:00:16 UTC`; what is no time is shown as it is. */
export function timeText(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(iso) && iso.endsWith('Z')
    ? `${iso.slice(0, 19).replace('T', ' ')} UTC`
    : iso
}
