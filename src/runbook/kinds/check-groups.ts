import { z } from 'zod'
import { groupActivity, groupFields, groupsText } from '../group-activity.ts'
import { nothing, stepKind } from '../kind.ts'
import { quoted } from '../mirrors.ts'

/** Whether groups read: that every one has members, or that none has. */
export const checkGroups = stepKind({
  name: 'check.groups',
  fields: { ...groupFields, expect: z.enum(['active', 'idle']) },
  timeoutMs: 30_000,
  does: (step) => `check that ${groupsText(step)} are ${step.expect}`,
  open: (step, site) => ({
    certainty: 'check',
    observe: async (options) => {
      const { active, idle } = await groupActivity(site, step, options)
      const [wanted, others] = step.expect === 'active' ? [active, idle] : [idle, active]
      if (others.length > 0) return { kind: 'blocked', why: `not ${step.expect}: ${quoted(others)}` }
      if (step.expect === 'active' && wanted.length === 0) return { kind: 'blocked', why: 'no such group has members' }
      return { kind: 'done', what: `${step.expect}: ${wanted.length} groups` }
    },
    apply: nothing,
  }),
})
