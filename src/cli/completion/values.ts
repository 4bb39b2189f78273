import { type EngineName, outputFormats } from '../args.ts'
import type { Context } from '../context.ts'
import { faultNames } from '../../core/drill-faults.ts'
import { scenarioNames } from '../drill/scenarios.ts'

/**
 * The values that `<of>` can have, as far as files on this machine tell: no cluster is asked, so there are no topics and no groups.
 */
export async function valuesOf(of: string, words: readonly string[], context: Context): Promise<readonly string[]> {
  switch (of) {
    case 'format':
      return outputFormats
    case 'file':
      return [':files']
    case 'folder':
    case 'where': // or topic:<name>, which is to be thought of
      return [':folders']
    case 'place':
      return ['earliest', 'latest']
    case 'cluster':
      // Those of a sandbox are always the same, whatever georep.yaml names.
      return words.slice(0, -1).includes('sandbox') ? ['east', 'west'] : await clusters(words, context)
    case 'link': {
      const names = await clusters(words, context)
      return names.flatMap((from) => names.filter((to) => to !== from).map((to) => `${from}-${to}`))
    }
    case 'exercise':
      return [...scenarioNames, ...(await (await import('../runbook/shipped.ts')).shippedNames(context)), ':files']
    case 'engine':
      return ['embedded', 'mm2'] satisfies readonly EngineName[]
    case 'fault':
      return faultNames
    case 'id':
    case 'a': // and b: the two runs that are compared
    case 'b':
      return await runs(words, context)
    case 'run':
      return await begunRuns(words, context)
    case 'runbook':
      return [...(await (await import('../runbook/shipped.ts')).shippedNames(context)), ':files']
    default:
      return []
  }
}

async function clusters(words: readonly string[], context: Context): Promise<readonly string[]> {
  const { clusterNames } = await import('../../config/cluster-names.ts')
  return await clusterNames(valueGiven('--config', words), context)
}

/** The newest first. */
async function runs(words: readonly string[], context: Context): Promise<readonly string[]> {
  const [{ historyFolder }, { runIds }] = await Promise.all([
    import('../../history/folder.ts'),
    import('../../history/run-ids.ts'),
  ])
  return await runIds(historyFolder(valueGiven('--history-dir', words), context))
}

/** Of runbooks, whatever became of them. */
async function begunRuns(words: readonly string[], context: Context): Promise<readonly string[]> {
  const [{ runsFolder }, { readdir }] = await Promise.all([
    import('../../history/folder.ts'),
    import('node:fs/promises'),
  ])
  return await readdir(runsFolder(valueGiven('--history-dir', words), context)).catch(() => [])
}

/** Of an option that was typed before the cursor. */
function valueGiven(flag: string, words: readonly string[]): string | undefined {
  const joined = words.slice(0, -1).find((word) => word.startsWith(`${flag}=`))
  if (joined !== undefined) return joined.slice(flag.length + 1)
  const at = words.slice(0, -2).indexOf(flag)
  return at === -1 ? undefined : words[at + 1]
}
