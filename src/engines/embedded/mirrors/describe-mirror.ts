import { describeMirrorBy } from '../../describe-mirror.ts'
import type { Cancel, LinkTarget, MirrorDetail } from '../../engine.ts'
import { mirrorConfigsOf } from './config-changes.ts'
import { observeMirrors } from './observe.ts'

/** See `ReplicationEngine.describeMirror`. */
export async function describeMirror(
  target: LinkTarget,
  topic: string,
  options: Cancel,
): Promise<MirrorDetail | undefined> {
  const observe: Parameters<typeof describeMirrorBy>[0]['observe'] = async (record, isSourceReachable) =>
    (await observeMirrors(target, [record], isSourceReachable, { ...options, keepDenied: 'both' }))[0]
  const wanted: Parameters<typeof describeMirrorBy>[0]['wanted'] = (source, mirror) =>
    mirrorConfigsOf(target.link, source, mirror)
  return await describeMirrorBy({ observe, wanted }, target, topic, options)
}
