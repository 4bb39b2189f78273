import { z } from 'zod'
import { durationMsFromText } from '../core/duration.ts'
import { type Deeds, failurePolicies } from './step.ts'
import type { Site } from './site.ts'

// What a kind of step is made of. One file a kind, in kinds/; kinds.ts lists them.

const idPattern = /^[a-z0-9][a-z0-9-]{0,63}$/

export const durationMs = z.string().transform((value, context) => {
  const ms = durationMsFromText(value)
  if (ms === undefined || ms <= 0) {
    context.addIssue({ code: 'custom', message: 'expected a duration with a unit, such as 500ms, 30s, 5m or 2h' })
    return z.NEVER
  }
  return ms
})

/** Fields that every step may have. */
const common = {
  id: z.string().regex(idPattern, { error: 'expected lower case letters, digits and "-", a letter or digit first' }),
  timeout: durationMs.optional(),
  attempts: z.int().min(1).max(100).optional(),
  onFailure: z.enum(failurePolicies).optional(),
}

export type CommonFields = z.output<z.ZodObject<typeof common>>

/** A kind as the registry keeps it: the fields that belong to it are its own business. */
export interface StepKind {
  readonly name: string
  readonly schema: z.ZodObject
  /** Of a step that names no time-out. */
  readonly timeoutMs: (step: Readonly<Record<string, unknown>>) => number
  readonly does: (step: Readonly<Record<string, unknown>>) => string
  readonly open: (step: Readonly<Record<string, unknown>>, site: Site, about: About) => Deeds
}

/** What all steps have that a kind may go by. */
export interface About {
  readonly id: string
  readonly timeoutMs: number
}

interface Definition<Fields extends z.ZodRawShape> {
  readonly name: string
  readonly fields: Fields
  readonly timeoutMs: number | ((step: z.output<z.ZodObject<Fields>>) => number)
  /** One sentence without a full stop, from the fields alone. */
  readonly does: (step: z.output<z.ZodObject<Fields>>) => string
  readonly open: (step: z.output<z.ZodObject<Fields>>, site: Site, about: About) => Deeds
}

export function stepKind<Fields extends z.ZodRawShape>(kind: Definition<Fields>): StepKind {
  // A step is handed back to the kind whose schema it has passed.
  type Own = z.output<z.ZodObject<Fields>>
  const { timeoutMs } = kind
  return {
    name: kind.name,
    schema: z.strictObject({ kind: z.literal(kind.name), ...common, ...kind.fields }),
    timeoutMs: (step) => (typeof timeoutMs === 'number' ? timeoutMs : timeoutMs(step as Own)),
    does: (step) => kind.does(step as Own),
    open: (step, site, about) => kind.open(step as Own, site, about),
  }
}

/** Of checks, which change nothing. */
export async function nothing(): Promise<undefined> {
  await Promise.resolve()
}
