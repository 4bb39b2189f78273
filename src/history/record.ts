/** What a run leaves behind. The fields named here are common to every kind; what else there is belongs to the kind. */
export interface RunData {
  readonly kind: 'drill'
  readonly mode: string
  /** What was exercised, in words: the link, the topics. */
  readonly scope: string
  readonly verdict: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly endedAt: string
  readonly georepVersion: string
  readonly [more: string]: unknown
}

export const runSchema = 'georep.run/1'

export interface RunRecord extends RunData {
  readonly schema: typeof runSchema
  readonly id: string
  /** SHA-256, in hex, of the file of the record saved before this one; null for the first. */
  readonly previous: string | null
}

export type Parsed =
  { readonly kind: 'record'; readonly record: RunRecord } | { readonly kind: 'bad'; readonly why: string }

/** The record in a file's text, or why it is none. The file may be anybody's. */
export function recordFromText(text: string): Parsed {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'bad', why: 'not JSON' }
  }
  if (typeof value !== 'object' || value === null) return { kind: 'bad', why: 'not a run record' }
  const { schema, id, previous, kind, mode, scope, verdict, startedAt, endedAt, georepVersion } = value as Record<
    string,
    unknown
  >
  if (schema !== runSchema)
    return {
      kind: 'bad',
      why: typeof schema === 'string' ? `schema "${schema}" is not ${runSchema}` : 'not a run record',
    }
  if (typeof id !== 'string' || !isRunId(id)) return { kind: 'bad', why: 'no valid id' }
  if (previous !== null && (typeof previous !== 'string' || !/^[0-9a-f]{64}$/.test(previous)))
    return { kind: 'bad', why: 'no valid hash of the previous record' }
  if (kind !== 'drill') return { kind: 'bad', why: 'unknown kind' }
  const texts = { mode, scope, verdict, georepVersion }
  const missing = Object.entries(texts).find(([, each]) => typeof each !== 'string')
  if (missing !== undefined) return { kind: 'bad', why: `no ${missing[0]}` }
  if (!isTime(startedAt) || !isTime(endedAt)) return { kind: 'bad', why: 'no valid times' }
  return { kind: 'record', record: value as RunRecord }
}

/** What may be part of a file name. */
export function isRunId(id: string): boolean {
  return /^[a-z0-9]{1,64}$/.test(id)
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value))
}
