import { describeMirrorBy } from '../describe-mirror.ts'
import type { Cancel, LinkTarget, MirrorDetail } from '../engine.ts'
import { connectorsWithin } from './connectors-seen.ts'
import { mirrorSettings } from './mirror-settings.ts'
import { seeMirrors } from './mirror-views.ts'
import { mm2Of } from './mm2-target.ts'

/** See `ReplicationEngine.describeMirror`. */
export async function describeMirror(
  target: LinkTarget,
  topic: string,
  options: Cancel,
): Promise<MirrorDetail | undefined> {
  const { state, link } = target
  await state.glance(options)
  if (state.mirror(link.name, topic) === undefined) return undefined
  const mm2 = mm2Of(target)
  const seen = await connectorsWithin(mm2.connect, mm2.link, options)
  const config = 'why' in seen ? {} : (seen.configs.source ?? {})
  return await describeMirrorBy(
    {
      observe: async (record, isSourceReachable) => {
        const { mirrors } = await seeMirrors(mm2, [record], { seen, isSourceReachable }, options)
        return mirrors[0]?.view
      },
      wanted: (source, mirror) => mirrorSettings(config, source, mirror),
    },
    target,
    topic,
    options,
  )
}
