import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'

export interface Import {
  /** Of a file below src: its path from src, `kafka/settings.ts`. Of a package: the text between the quotes. */
  readonly target: string
  readonly isOurs: boolean
  /** Vanishes when compiled. */
  readonly isType: boolean
  /** `import()`, loaded when it is reached and not before. */
  readonly isDynamic: boolean
}

export interface Source {
  /** From src, with `/`. */
  readonly file: string
  readonly imports: readonly Import[]
  /** Names of free identifiers, for the rule about `process`. */
  readonly identifiers: ReadonlySet<string>
}

/** Every source file but the tests. */
export function sourcesBelow(src: string): readonly Source[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((file) => sourceOf(file, readFileSync(join(src, file), 'utf8')))
}

export function sourceOf(file: string, text: string): Source {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const imports: Import[] = []
  const identifiers = new Set<string>()
  const add = (specifier: ts.Node | undefined, isType: boolean, isDynamic: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const isOurs = specifier.text.startsWith('.')
    const target = isOurs
      ? relative('/', resolve('/', dirname(file), specifier.text)).replaceAll('\\', '/')
      : specifier.text
    imports.push({ target, isOurs, isType, isDynamic })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node), false)
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly, false)
    else if (ts.isCallExpression(node) && isLoading(node.expression)) add(node.arguments[0], false, true)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true, false)
    else if (ts.isIdentifier(node) && isFree(node)) identifiers.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return { file, imports, identifiers }
}

function isTypeImport({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const { name, namedBindings } = importClause
  if (name !== undefined || namedBindings === undefined || !ts.isNamedImports(namedBindings)) return false
  return namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly)
}

/** `import(...)`, and `require(...)` under the name that createRequire's result usually has. */
function isLoading(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
}

/** Not a property's name, and not a name that this file gives to something of its own around the place. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false
  const isNameOfMember =
    ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodDeclaration(parent)
  if (isNameOfMember && parent.name === node) return false
  for (let around: ts.Node = parent; !ts.isSourceFile(around); around = around.parent) {
    if (declaredBy(around).includes(node.text)) return false
  }
  return true
}

/** Names that hold in the whole of a node: a function's parameters, a block's variables, a loop's variable. */
function declaredBy(node: ts.Node): readonly string[] {
  if (ts.isFunctionLike(node)) return node.parameters.flatMap((parameter) => namesIn(parameter.name))
  if (ts.isForOfStatement(node) && ts.isVariableDeclarationList(node.initializer)) return namesOf(node.initializer)
  if (!ts.isBlock(node)) return []
  return node.statements.flatMap((statement) =>
    ts.isVariableStatement(statement) ? namesOf(statement.declarationList) : [],
  )
}

function namesOf({ declarations }: ts.VariableDeclarationList): readonly string[] {
  return declarations.flatMap((declaration) => namesIn(declaration.name))
}

function namesIn(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(element.name) : []))
}
