import { GeorepError } from '../../core/errors.ts'
import { nearest } from '../../core/nearest.ts'
import { outlineFrom, runbookFrom } from '../../runbook/load.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { findRunbook, type FoundRunbook } from '../runbook/find-runbook.ts'
import { givenOf } from '../runbook/options.ts'
import { shippedNames } from '../runbook/shipped.ts'
import type { DrillOptions } from './options.ts'
import { sandboxLink } from './sandbox-link.ts'
import { scenarioNames, type DrillRunbook } from './scenarios.ts'

/**
 * The runbook that `drill run` names; undefined for what is built in. Contacts nobody.
 *
 * @throws GeorepError "config" as `findRunbook` and `runbookFrom`; "usage" when there is nothing to drill by in it
 */
export async function drillRunbook(
  { scenario, sandbox, link, set, config }: Pick<DrillOptions, 'scenario' | 'sandbox' | 'link' | 'set' | 'config'>,
  context: Pick<Context, 'cwd' | 'packageFolder'>,
): Promise<DrillRunbook | undefined> {
  // Without a name it is practice: on a link. A sandbox has the faults.
  const wanted = scenario ?? (sandbox ? undefined : 'practice')
  if (wanted === undefined || scenarioNames.includes(wanted)) {
    if (set === undefined) return undefined
    throw usage(`--set fills the variables of a runbook in, and ${wanted ?? 'a fault of a sandbox'} is none`)
  }
  const { file, text } = await foundRunbook(wanted, context)
  const { variables = {}, name } = outlineFrom(text, file)
  const given = givenOf(set)
  const hasLink = Object.hasOwn(variables, 'link')
  const withLink = (on: string | undefined): ReadonlyMap<string, string> =>
    !hasLink || on === undefined || given.has('link') ? given : new Map([...given, ['link', on]])
  const isTold = given.has('link') || !hasLink || variables['link']?.default !== undefined
  const outline = runbookFrom(text, file, withLink(link ?? (isTold ? undefined : sandboxLink)))
  if (link !== undefined && outline.link !== link) throw otherLink(name, outline.link, link)
  if (outline.drill === undefined) {
    const values = [...withLink(link)].flatMap(([variable, value]) => ['--set', `${variable}=${value}`])
    const plain = commandLine({ config }, 'runbook', 'run', wanted, ...values)
    throw new GeorepError('config', 'GR-RUNBOOK-NO-DRILL', `runbook "${name}" has no section "drill"`, {
      stateNow: 'nothing was done, no cluster was contacted',
      next: `georep runbook show practice --source, for one that has; without a drill: ${plain}${isTold || link !== undefined ? '' : ' --set link=<link>'}`,
    })
  }
  return {
    name,
    file,
    section: outline.drill,
    outline,
    link: link ?? (isTold ? outline.link : undefined),
    on: (target, standIn) => {
      const runbook = runbookFrom(text, file, withLink(target), standIn)
      if (runbook.link === target) return runbook
      throw otherLink(name, runbook.link, target)
    },
  }
}

/** @throws GeorepError "config" as `findRunbook`; for a name that is neither a runbook's nor built in, of both */
async function foundRunbook(name: string, context: Pick<Context, 'cwd' | 'packageFolder'>): Promise<FoundRunbook> {
  try {
    return await findRunbook(name, context)
  } catch (error) {
    if (!(error instanceof GeorepError) || error.code !== 'GR-RUNBOOK-UNKNOWN') throw error
    const meant = nearest(name, [...scenarioNames, ...(await shippedNames(context))])
    const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`
    throw new GeorepError('usage', 'GR-EXERCISE-UNKNOWN', `no exercise and no runbook is called "${name}"${hint}`, {
      next: 'georep drill run --help, or georep runbook list; a file is named with its path, such as ./mine.yaml',
    })
  }
}

function otherLink(name: string, own: string, target: string): GeorepError {
  return usage(`runbook "${name}" is for link "${own}", and the drill is on link "${target}": have it a variable "link"`) // prettier-ignore
}

function usage(message: string): GeorepError {
  return new GeorepError('usage', 'GR-USAGE', message, { next: 'georep drill run --help' })
}
