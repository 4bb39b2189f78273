import { z } from 'zod'
import { rightText } from '../../core/acl.ts'
import { rightsFor, verbs, type Verb } from '../../core/permissions.ts'
import { heldRights } from '../../kafka/held-rights.ts'
import { subjectOf } from '../../core/subject.ts'
import { nothing, stepKind } from '../kind.ts'

/** That georep is permitted what these verbs need, as far as the clusters tell; what they do not tell stands against nobody. */
export const checkPermission = stepKind({
  name: 'check.permission',
  fields: {
    verbs: z.array(z.enum(verbs as readonly [Verb, ...Verb[]])).min(1),
    /** Of a source that may be dead the destination alone is asked. */
    side: z.enum(['source', 'destination']).optional(),
  },
  timeoutMs: 30_000,
  does: (step) => `check that georep is permitted ${step.verbs.map((verb) => `"${verb}"`).join(', ')}${step.side === undefined ? '' : ` on the ${step.side}`}`, // prettier-ignore
  open: (step, site) => ({
    certainty: 'check',
    observe: async (options) => {
      const { target } = site
      const { state, link } = target
      await state.glance(options)
      const subject = subjectOf(link, state.mirrors(link.name), link.groups)
      const lacking: string[] = []
      let untold = 0
      for (const side of step.side === undefined ? (['source', 'destination'] as const) : [step.side]) {
        const needed = rightsFor(step.verbs, side, subject, { isOptionalLeftOut: true })
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
