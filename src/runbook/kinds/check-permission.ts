import { z } from 'zod'
import { rightText } from '../../core/acl.ts'
import { rightsFor, verbs, type Verb } from '../../core/permissions.ts'
import { heldRights } from '../../kafka/held-rights.ts'
import { isTopicName, salvagePlaceFrom, salvageTopicOf } from '../../core/salvage-place.ts'
import { subjectOf } from '../../core/subject.ts'
import type { MirrorRecord } from '../../links/records.ts'
import { nothing, stepKind } from '../kind.ts'
import { salvageField } from '../salvage-field.ts'

/** That georep is permitted what these verbs need, as far as the clusters tell; what they do not tell stands against nobody. */
export const checkPermission = stepKind({
  name: 'check.permission',
  fields: {
    verbs: z.array(z.enum(verbs as readonly [Verb, ...Verb[]])).min(1),
    /** Of a source that may be dead the destination alone is asked. */
    side: z.enum(['source', 'destination']).optional(),
    /** As of `mirror.restore`: where it is a topic, what saving there needs as well. */
    salvage: salvageField.optional(),
  },
  timeoutMs: 30_000,
  does: (step) => `check that georep is permitted ${verbsOf(step).map((verb) => `"${verb}"`).join(', ')}${step.side === undefined ? '' : ` on the ${step.side}`}`, // prettier-ignore
  open: (step, site) => ({
    certainty: 'check',
    observe: async (options) => {
      const { target } = site
      const { state, link } = target
      await state.glance(options)
      const mirrors = state.mirrors(link.name)
      const subject = { ...subjectOf(link, mirrors, link.groups), salvageTopics: salvageTopicsOf(step, mirrors) }
      const lacking: string[] = []
      let untold = 0
      for (const side of step.side === undefined ? (['source', 'destination'] as const) : [step.side]) {
        const needed = rightsFor(verbsOf(step), side, subject, { isOptionalLeftOut: true })
        const isHeld = await heldRights(target[side], needed, options)
        for (const right of needed) {
          const held = isHeld(right)
          if (held === false) lacking.push(`${rightText(right)} on the ${side}`)
          if (held === undefined) untold++
        }
      }
      if (lacking.length > 0) return { kind: 'blocked', why: `georep lacks ${lacking.join(', ')}` }
      return { kind: 'done', what: `nothing is lacking${untold === 0 ? '' : `; of ${untold} rights the clusters do not tell`}` } // prettier-ignore
    },
    apply: nothing,
  }),
})

interface Asked {
  readonly verbs: readonly Verb[]
  readonly salvage?: string | undefined
}

const intoTopic = 'mirror restore --salvage topic:<name>' satisfies Verb

function verbsOf({ verbs: named, salvage = '' }: Asked): readonly Verb[] {
  return salvagePlaceFrom(salvage)?.kind === 'topic' ? [...new Set<Verb>([...named, intoTopic])] : named
}

/** Which of the mirrors' old sources have anything to be saved is found by the restore: the right is asked for all that come back. */
function salvageTopicsOf({ salvage = '' }: Asked, mirrors: readonly MirrorRecord[]): readonly string[] {
  const place = salvagePlaceFrom(salvage)
  if (place?.kind !== 'topic') return []
  const stopped = mirrors.filter(({ state }) => state.state === 'STOPPED')
  // A name that no topic can have is refused by the restore.
  return [...new Set(stopped.map(({ sourceTopic }) => salvageTopicOf(place.template, sourceTopic)).filter(isTopicName))]
}
