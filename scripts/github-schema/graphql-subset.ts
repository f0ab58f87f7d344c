/** Cuts GitHub's GraphQL schema down to the types and fields that the forge answers, without descriptions. */
import { buildSchema, type DefinitionNode, Kind, type NamedTypeNode, parse, print, visit } from 'graphql'

/** Type, and the fields that are kept of it; `*` for all of them (inputs, enums). */
const KEPT: Record<string, readonly string[] | '*'> = {
  Query: ['node', 'repository', 'viewer'],
  Mutation: [
    'addPullRequestReviewThreadReply',
    'convertPullRequestToDraft',
    'createCommitOnBranch',
    'markPullRequestReadyForReview',
    'resolveReviewThread',
    'unresolveReviewThread',
  ],
  Node: ['id'],
  Actor: ['login', 'url'],
  GitObject: ['id', 'oid'],
  User: ['databaseId', 'id', 'login', 'name', 'url'],
  Bot: ['databaseId', 'id', 'login', 'url'],
  Organization: ['databaseId', 'id', 'login', 'url'],
  Repository: [
    'databaseId',
    'defaultBranchRef',
    'id',
    'issue',
    'name',
    'nameWithOwner',
    'pullRequest',
    'ref',
  ],
  Issue: ['body', 'createdAt', 'databaseId', 'id', 'lastEditedAt', 'number', 'title', 'url'],
  IssueComment: [
    'author',
    'body',
    'createdAt',
    'databaseId',
    'editor',
    'id',
    'includesCreatedEdit',
    'lastEditedAt',
    'updatedAt',
    'url',
    'userContentEdits',
    'viewerDidAuthor',
  ],
  UserContentEdit: ['createdAt', 'diff', 'editedAt', 'editor', 'id', 'updatedAt'],
  UserContentEditConnection: ['nodes', 'pageInfo', 'totalCount'],
  PageInfo: ['endCursor', 'hasNextPage', 'hasPreviousPage', 'startCursor'],
  PullRequest: [
    'author',
    'baseRefName',
    'baseRefOid',
    'body',
    'closed',
    'databaseId',
    'headRefName',
    'headRefOid',
    'id',
    'isDraft',
    'merged',
    'number',
    'reviewThreads',
    'reviews',
    'state',
    'title',
    'url',
  ],
  PullRequestState: '*',
  PullRequestReview: [
    'author',
    'body',
    'comments',
    'commit',
    'createdAt',
    'databaseId',
    'fullDatabaseId',
    'id',
    'state',
    'submittedAt',
    'updatedAt',
    'url',
  ],
  PullRequestReviewConnection: ['nodes', 'pageInfo', 'totalCount'],
  PullRequestReviewState: '*',
  PullRequestReviewThread: [
    'comments',
    'diffSide',
    'id',
    'isOutdated',
    'isResolved',
    'line',
    'originalLine',
    'path',
    'pullRequest',
    'resolvedBy',
    'startLine',
  ],
  PullRequestReviewThreadConnection: ['nodes', 'pageInfo', 'totalCount'],
  DiffSide: '*',
  PullRequestReviewComment: [
    'author',
    'body',
    'createdAt',
    'databaseId',
    'diffHunk',
    'fullDatabaseId',
    'id',
    'line',
    'originalLine',
    'outdated',
    'path',
    'pullRequestReview',
    'replyTo',
    'updatedAt',
    'url',
  ],
  PullRequestReviewCommentConnection: ['nodes', 'pageInfo', 'totalCount'],
  Ref: ['id', 'name', 'prefix', 'target'],
  Commit: ['id', 'message', 'oid', 'signature', 'url'],
  GitSignature: ['isValid', 'state'],
  GitSignatureState: '*',
  GpgSignature: ['isValid', 'state'],
  CommitMessage: '*',
  CommittableBranch: '*',
  ConvertPullRequestToDraftInput: '*',
  ConvertPullRequestToDraftPayload: '*',
  CreateCommitOnBranchInput: '*',
  CreateCommitOnBranchPayload: '*',
  FileAddition: '*',
  FileChanges: '*',
  FileDeletion: '*',
  AddPullRequestReviewThreadReplyInput: '*',
  AddPullRequestReviewThreadReplyPayload: ['clientMutationId', 'comment'],
  ResolveReviewThreadInput: '*',
  ResolveReviewThreadPayload: '*',
  UnresolveReviewThreadInput: '*',
  UnresolveReviewThreadPayload: '*',
  MarkPullRequestReadyForReviewInput: '*',
  MarkPullRequestReadyForReviewPayload: '*',
  Base64String: '*',
  BigInt: '*',
  DateTime: '*',
  GitObjectID: '*',
  URI: '*',
}

export function graphqlSubset(sdl: string): string {
  const kept = parse(sdl, { noLocation: true }).definitions.flatMap(keep)
  const names = kept.map((node) => ('name' in node ? (node.name?.value ?? '') : ''))
  const missing = Object.keys(KEPT).filter((name) => !names.includes(name))
  if (missing.length > 0) throw new Error(`GitHub's schema has no ${missing.join(', ')}`)
  const bare = visit({ kind: Kind.DOCUMENT, definitions: kept } as const, {
    enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined),
    Directive: () => null,
  })
  const text = `${print(bare)}\n`
  buildSchema(text)
  return text
}

function keep(node: DefinitionNode): DefinitionNode[] {
  const wanted = 'name' in node && node.name ? KEPT[node.name.value] : undefined
  if (!wanted) return []
  if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) return [node]
  const fields = (node.fields ?? []).filter((field) => wanted === '*' || wanted.includes(field.name.value))
  const implemented = (node.interfaces ?? []).filter((named) => covered(named, wanted))
  return [{ ...node, fields, interfaces: implemented }]
}

/** An interface is only named where all its kept fields are kept here too. */
function covered(named: NamedTypeNode, fields: readonly string[] | '*'): boolean {
  const needed = KEPT[named.name.value]
  if (needed === undefined || needed === '*') return false
  return fields === '*' || needed.every((field) => fields.includes(field))
}
