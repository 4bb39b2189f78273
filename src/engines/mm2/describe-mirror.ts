import { describeMirrorBy } from '../describe-mirror.ts'
import type { Cancel, LinkTarget, MirrorDetail } from '../engine.ts'
import { connectSeen } from './failover.ts'
import { mirrorSettings } from './mirror-settings.ts'
import { viewsOf } from './mirror-views.ts'
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
  const connector = await connectSeen(mm2, options)
  const config = 'why' in connector ? {} : connector.config
  return await describeMirrorBy(
    {
      observe: async (record, isSourceReachable) => {
        const [view] = await viewsOf(mm2, [record], { connector, isSourceReachable }, { ...options, keepDenied: true })
        return view
      },
      wanted: (source, mirror) => mirrorSettings(config, source, mirror),
    },
    target,
    topic,
    options,
  )
}
