/**
 * The canary of a drill, which steps act on as if it were a mirror, and a group, of the link.
 *
 * What steps name is taken over into them when the runbook is read, so that what a step says, in a plan, in the journal and on record, is what it does.
 */
export interface StandIn {
  readonly topic: string
  readonly group: string
  /** It stands in the place of every mirror and group that a step means: nothing else is acted on. Else it is beside them. */
  readonly isAlone: boolean
}

type Fields = Readonly<Record<string, unknown>>

/** The fields of a step with the canary in them, where it has fields that say what it acts on. */
export function withStandIn(fields: Fields, known: readonly string[], { topic, group, isAlone }: StandIn): Fields {
  const meant = (name: 'topics' | 'groups', own: string): Fields => {
    if (!known.includes(name)) return {}
    if (isAlone) return { [name]: [own] }
    // A step that names none means all of the link, the canary's among them.
    const named = fields[name]
    return Array.isArray(named) ? { [name]: [...(named as readonly unknown[]), own] } : {}
  }
  return { ...fields, ...meant('topics', topic), ...meant('groups', group) }
}
