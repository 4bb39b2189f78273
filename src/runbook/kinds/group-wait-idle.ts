import { groupActivity, groupFields, groupsText } from '../group-activity.ts'
import { nothing, stepKind } from '../kind.ts'
import { quoted } from '../mirrors.ts'

/** Waits until no group has members: their consumers are stopped, and commit no more. */
export const groupWaitIdle = stepKind({
  name: 'group.wait-idle',
  fields: groupFields,
  timeoutMs: 300_000,
  does: (step) => `wait until ${groupsText(step)} have no members`,
  open: (step, site) => ({
    certainty: 'check',
    observe: async (options) => {
      const { active, idle } = await groupActivity(site, step, options)
      if (active.length > 0) return { kind: 'blocked', why: `with members: ${quoted(active)}` }
      return { kind: 'done', what: `none of ${idle.length} groups has members` }
    },
    apply: nothing,
  }),
})
