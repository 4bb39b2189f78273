import type { Command, Option } from 'commander'

export interface Candidate {
  readonly value: string
  readonly description: string
}

/** What may stand where the cursor is: words that are known, or a value that something else has to be asked for. */
export type Expected =
  | { readonly kind: 'words'; readonly candidates: readonly Candidate[] }
  /** `of` is the value's name in the help: `<link>` is "link". `prefix` is what of the word comes before the value: `--link=`. `choices` are all that there are, where they are listed. */
  | {
      readonly kind: 'value'
      readonly of: string
      readonly prefix: string
      readonly choices: readonly string[] | undefined
    }

/** `words` are all after `georep`, the last one being typed. Unknown words lead to no candidates, never to wrong ones. */
export function expectedAt(program: Command, words: readonly string[]): Expected {
  const current = words.at(-1) ?? ''
  let command = program
  let taking: Option | undefined
  let isOver = false
  let values = 0
  const used = new Set<Option>()
  for (const word of words.slice(0, -1)) {
    if (taking !== undefined && isValueOf(taking, word)) taking = undefined
    else if (!isOver && word === '--') isOver = true
    else if (!isOver && word.startsWith('-') && word !== '-') {
      taking = undefined
      const option = optionOf(command, word)
      if (option === undefined) continue
      used.add(option)
      if (takesValue(option) && word === nameIn(option, word)) taking = option
    } else if (command.commands.length > 0) {
      const child = command.commands.find((each) => each.name() === word)
      if (child === undefined) return none
      command = child
    } else {
      values++
    }
  }
  if (taking !== undefined && isValueOf(taking, current)) return valueOf(taking, '')
  if (!isOver && current.startsWith('-')) {
    const [flag = '', ...value] = current.split('=')
    const option = optionOf(command, flag)
    if (value.length > 0) return option !== undefined && takesValue(option) ? valueOf(option, `${flag}=`) : none
    return optionsOf(command, used)
  }
  if (command.commands.length > 0) {
    const verbs = command
      .createHelp()
      .visibleCommands(command)
      .map((each) => ({ value: each.name(), description: each.summary() }))
    if (command.parent === null || command.options.length === 0) return { kind: 'words', candidates: verbs }
    // A noun that does something without a verb, too: an option that was typed says that it is to.
    const isDoing = command.options.some((option) => used.has(option))
    return { kind: 'words', candidates: [...(isDoing ? [] : verbs), ...optionsOf(command, used).candidates] }
  }
  const argument = command.registeredArguments[values] ?? command.registeredArguments.findLast((each) => each.variadic)
  if (argument !== undefined) return { kind: 'value', of: argument.name(), prefix: '', choices: argument.argChoices }
  return isOver ? none : optionsOf(command, used)
}

/** What need not be given is not, where an option follows. */
function isValueOf(option: Option, word: string): boolean {
  return option.required || !word.startsWith('-')
}

const none: Expected = { kind: 'words', candidates: [] }

function optionsOf(command: Command, used: ReadonlySet<Option>): Extract<Expected, { kind: 'words' }> {
  const candidates = allOptions(command)
    // One that collects its values may be given again.
    .filter(
      (option) => !option.hidden && (!used.has(option) || option.variadic || /several|repeat/.test(option.description)),
    )
    .map((option) => ({ value: option.long ?? option.short ?? '', description: option.description }))
  return { kind: 'words', candidates: [...candidates, { value: '--help', description: 'show this help' }] }
}

function valueOf(option: Option, prefix: string): Expected {
  const of = /[<[](.+?)(?:\.\.\.)?[>\]]/.exec(option.flags)?.[1] ?? ''
  // What is typed to confirm is to be thought of: it is never offered.
  const choices = option.long === '--confirm' ? [] : option.argChoices
  return { kind: 'value', of, prefix, choices }
}

function takesValue(option: Option): boolean {
  return option.required || option.optional
}

function optionOf(command: Command, word: string): Option | undefined {
  return allOptions(command).find((option) => nameIn(option, word) !== undefined)
}

/** The name by which `word` means the option: `-ojson` and `--output=json` mean it too. */
function nameIn({ long, short }: Option, word: string): string | undefined {
  if (long !== undefined && (word === long || word.startsWith(`${long}=`))) return long
  const isShort = typeof short === 'string' && !word.startsWith('--') && word.startsWith(short)
  return isShort ? short : undefined
}

/** Its own, and those of every command: not those of its noun. The version is the program's alone. */
function allOptions(command: Command): readonly Option[] {
  if (command.parent === null) return command.options
  let program = command.parent
  while (program.parent !== null) program = program.parent
  return [...command.options, ...program.options.filter(({ long }) => long !== '--version')]
}
