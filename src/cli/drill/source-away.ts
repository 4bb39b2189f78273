import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { GeorepError, messageOf } from '../../core/errors.ts'
import { runsFolder } from '../../history/folder.ts'
import { operatorText } from '../actor.ts'
import { quoted } from '../command-line.ts'
import type { Context } from '../context.ts'
import { printable } from '../printable.ts'
import { runFiles } from '../runbook/run-files.ts'
import { type NotWritten, writeFileWhole } from '../write-file.ts'

// A drill whose fault is a command, and that is killed, leaves the source away. What brings it back is on disk before that, and goes when it has ended well.

const fileName = 'source-away.json'

const sourceAway = z.object({
  v: z.literal(1),
  link: z.string(),
  /** The command that brings the source back, and the folder that it was given in. */
  undo: z.string(),
  cwd: z.string(),
  /** Mirrors that are the link's own may have failed over. */
  isAll: z.boolean(),
  by: z.string(),
  at: z.iso.datetime(),
})
type SourceAway = z.output<typeof sourceAway>

export interface LeftAway extends SourceAway {
  /** Of the drill. */
  readonly id: string
  readonly file: string
}

type Where = Pick<Context, 'env' | 'cwd' | 'home'>

/**
 * Writes down what brings the source of a link back, before it is taken away.
 *
 * @returns what is to be called when it is back
 * @throws GeorepError "failed" GR-JOURNAL-WRITE
 */
export async function noteAway(
  id: string,
  about: Pick<SourceAway, 'link' | 'undo' | 'isAll'>,
  historyDir: string | undefined,
  context: Where & Pick<Context, 'newId' | 'time' | 'user' | 'hostname'>,
): Promise<LeftAway & { readonly isBack: () => Promise<void> }> {
  const { folder } = runFiles(id, historyDir, context)
  const note: SourceAway = { v: 1, ...about, cwd: context.cwd, by: operatorText(context), at: context.time.now().toISOString() } // prettier-ignore
  const file = join(folder, fileName)
  const notWritten: NotWritten = (_, why, cause) =>
    new GeorepError('failed', 'GR-JOURNAL-WRITE', `"${folder}" cannot be written: ${why}`, {
      stateNow: 'the source was not taken away',
      next: 'name a folder that can be written with --history-dir or GEOREP_HISTORY',
      cause,
    })
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => { throw notWritten(folder, messageOf(cause), cause) }) // prettier-ignore
  await writeFileWhole(file, `${JSON.stringify(note)}\n`, { newId: context.newId, mode: 0o600 }, notWritten)
  const isBack = async (): Promise<void> => {
    await rm(file, { force: true })
    // It has the journal of a drill by a runbook.
    await rmdir(folder).catch(() => undefined)
  }
  return { ...note, id, file, isBack }
}

/** Of drills that have not brought the source back: they were killed, or what was to do it has failed. Those at work are among them. */
export async function leftAway(historyDir: string | undefined, where: Where): Promise<readonly LeftAway[]> {
  const ids = await readdir(runsFolder(historyDir, where)).catch((): string[] => [])
  const found = await Promise.all(
    ids.sort().map(async (id): Promise<readonly LeftAway[]> => {
      const file = join(runFiles(id, historyDir, where).folder, fileName)
      try {
        return [{ ...sourceAway.parse(JSON.parse(await readFile(file, 'utf8'))), id, file }]
      } catch {
        return []
      }
    }),
  )
  return found.flat()
}

/** A sentence without a full stop. */
export function leftAwayText(left: LeftAway): string {
  const mirrors = left.isAll ? '; mirrors of the link may be STOPPED' : ''
  return `drill "${left.id}" took the source of link "${left.link}" away at ${left.at} (${left.by}), and has not brought it back: it was killed, or that has failed, unless it is at work still${mirrors}; next: ${bringBack(left)}`
}

/** Says on stderr which links are without their source because of a drill on this machine: no cluster knows of it. */
export async function warnOfAway(link: string | undefined, context: Where & Pick<Context, 'io'>): Promise<void> {
  for (const left of await leftAway(undefined, context)) {
    if (link !== undefined && left.link !== link) continue
    context.io.err(`warning: by the run history on this machine, which alone knows: ${printable(leftAwayText(left))}\n`)
  }
}

/** The command to type, wherever one is: it ends well once. */
export function bringBack({ undo, link, cwd, file }: LeftAway): string {
  return `(cd ${quoted(cwd)} && GEOREP_LINK=${quoted(link)} sh -c ${quoted(undo)}) && rm ${quoted(file)}`
}
