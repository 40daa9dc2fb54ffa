"""mailgate: a service desk that lives in the mailbox. Mail comes in at one end, notices go out at the other.

The map, in the order in which mail flows; a test compares it with the tree.

  inbox/             1  IMAP: take without losing
    watch               one mailbox, from connect to settle
    fetch               which messages go into one FETCH, and reading them whole
    folders             folder names as the server writes them
    idle                waiting for news without polling
    link                a connection that is safe to log in on
    login               logging in on it
    errors              what can go wrong, and how soon to try again
    probe               what `check` asks of a mailbox
    count               what the census asks of it

  message/           2  bytes to what was written; pure
    model               what was read, as plain values
    guard               the scan before any parsing: size and shape
    parse               MIME to one value; never raises
    tree                bytes to a MIME tree, past large attachments
    parts               its leaves: texts, names, attachments
    uuencoded           files that stand in a plain text
    headers             words, addresses, identifiers and dates of headers
    charset             bytes to text, whatever charset they declare
    html                HTML to text, and HTML made safe
    body                the text that is new: without quotes and signature
    quotes              where somebody else's words begin
    signature           where the writer's own words end
    fields              what the client wrote as `Name: value` lines
    classify            person, automatic reply, bounce, calendar, list
    bounce              whom a message could not reach, and how finally
    bounce_phrases      the words by which mail systems can be told
    authenticity        who really sent it, as our mail server found
    signatures          the same, by the sender's own signature
    arc                 what trusted forwarders found, by their seals
    thread              which request it belongs to; our own Message-IDs
    fingerprint         the same message by two routes
    answer              the client's word on a completion notice
    answer_phrases      what people write when they confirm or disagree

  rules/             3  what the Rules say; pure
    vocabulary          their words as enums
    intake              section 3: what becomes of a message
    priority            Appendices 1 and 2
    classification      type, urgency, impact, priority as one mail of staff names them
    lifecycle           sections 4 to 6: what becomes of a request
    transitions         the same as tables
    refusals            why something cannot be done now
    notices             who hears what of an event
    calendar            working time, and when terms end
    terms               how long, or until when, as people write it
    course              what a history comes to: answered, completed, pauses
    targets             service targets: when staff are warned, when they are missed
    commands            the lines at the top of a staff mail, read into orders
    command_lines       which of its lines are commands
    command_table       the commands, one row each
    arguments           what stands after a command's name
    spelling            how people type
    command_help        what `!help` says
    line_errors         what is wrong with a command line
    obstacles           why an order cannot be carried out on this desk
    labels              what people call the words of the Rules

  desk/              4  one module a fact or an order; one transaction each
    context             the configuration in force and the key of our Message-IDs
    journal             taken, then decided; three failures are a quarantine
    reading             one message read: what it is, and what the Rules say of it
    message_arrived     what was decided of it is carried out
    arrived             a message in hand
    quarantine          mail that waits there: told of, let in, dropped
    client_wrote        a new request, or a word in one
    gateways            what the portal and SMDO say in their headers
    loops               machines that answer our answers
    staff_commanded     orders and text of staff: all or none
    orders              carrying them out, a function for each kind
    work                one such mail in hand, and how an order is applied
    ties                a request split, linked, merged
    deeds               what an order did, as it is confirmed
    asked               the queue, a whole record, the help, by mail
    registering         calls, letters, parts of other requests
    undoing             the last mail of staff taken back
    holdings            what the desk holds about one address
    erasing             personal data erased; the bare history stays
    retention           the same by itself, of what was kept for its term
    term_ended          a deadline fell due
    clocks              deadlines as rows: set, cleared
    waits               which notices of a wait are outdated, and which starts its clock
    targets             service targets as deadlines and in the queue
    configuration_read  staff hear of a fault in the files, and when it is mended
    census_taken        staff hear once of what does not add up
    digest              the queue that staff get every working day
    monthly             the report that leads get every month
    entitled            who may still read a notice when it is sent
    notice_settled      accepted, deferred, refused, came back
    undelivered         what becomes of one that does not reach its reader
    record              the only writer of status, history and outbox
    correspondence      every mail of a request, kept
    notify              a notice written into the outbox
    own_ids             its Message-ID, and which request one of ours tells of
    facts               what it says of the request and of what a person wrote
    ending              how a request ended, as notices tell it

  store/             5  rows and named queries; migrations/
    tables              the rows
    columns             what their columns are made of
    database            the door: sessions, schema, backup
    schema              which one this version works with
    listing             requests in working order, without SQLAlchemy too
    queries             every query, by name, from
    patience            no waiting for PostgreSQL for ever
    turnstile           SQLite's one writer, in the order of asking
    advice              what to do when it cannot be used
    journal             what was taken, and what became of it
    requests            requests, correspondence, history, deadlines
    citations           which requests a mail cites
    ties                which requests are linked or merged, and who takes part
    histories           histories as the Rules read them, for targets and reports
    outbox              notices that wait, were sent, or failed
    claims              who sends which of them, by turns
    leases              what each of several daemons holds
    soundness           rows that contradict each other
    personal            where personal data stands
    settings            what the desk remembers of itself
    gauges              sums for who watches the desk
    heartbeats          what running daemons tell of themselves
    inserting           INSERT … ON CONFLICT in both dialects
    asking              questions that are put together once
    writing             rows collected, and written with one statement a table
    at_once             many rows in one statement for PostgreSQL, and bytes as bytes

  outbox/            6  notice to mail to SMTP
    compose             templates, headers, threading
    wording             dates, amounts and labels that templates may call
    shapes              paragraphs and tables of text and HTML
    mime                headers and parts as bytes
    letter              what goes over the wire
    send                one letter to one reader; the whole failure policy
    session             one SMTP connection
    login               logging in on it
    line                commands out, replies in, each in its order
    schedule            when to try again
    samples             every notice on made-up facts
    trial               templates tried on all of them
    scenes              the people and words of the samples
    variants            the same notices with other facts
    charts              pictures of a report
    sample_orders       orders, and what they did, in those samples
    sample_queue        the queue
    sample_month        the made-up month of its sample

  report/               what a month came to, told from histories
    month               a month in the desk's zone
    figures             its numbers; pure
    gathering           from the rows to the numbers
    telling             the numbers as a notice, a table, CSV

  daemon/               all of it running, until told to stop
    run                 everything started, everything finished
    watcher             one thread a mailbox, from bytes to commit
    watchers            all of them, as the configuration names them
    retries             when messages that failed are tried again
    terms               looks at the deadlines every few seconds
    courier             the outbox at work
    claims              what it has in hand
    cap                 how many of them the provider takes
    lease               a mailbox, held by one of several daemons
    sharing             mailboxes handed over until all hold as many
    holder              who this one is among them
    outage              what cannot be used for a while, said once
    census              is every message accounted for?
    letters             a row of the outbox as a letter
    composer            composed ahead of its turn, or in a thread of its own
    names               keys of signatures from DNS
    lock                one daemon to one SQLite file
    signs               what each part shows of its progress and troubles
    tally               what the daemon counts of its own doings
    overseer            what looks after the running desk
    pulse               systemd and the database hear how the daemon is
    supervisor          how systemd is told
    reloading           the configuration read anew, or left alone
    files               how its files look from outside
    listener            /metrics and /healthz over HTTP
    metrics             every figure for Prometheus

  access/               mailboxes opened without a password: OAuth 2.0
    tokens              access tokens, kept while they last
    bearer              what is said to a mail server with one
    consent             how a person gives the first refresh token
    endpoint            one question to an authorization server
    keeping             files that hold a secret

  config/               typed TOML; errors with file and line
    find                where the file is
    load                all files read and checked as a whole
    models              the tables of mailgate.toml
    deadlines           how long waits last, and when the operator works
    limits              how much is too much
    metrics             where the figures are answered
    retention           how long personal data is kept
    fields              the types of the settings
    units               durations, sizes and hours
    login               how to log in
    oauth               in whose name access tokens are asked for
    secrets             where a password comes from
    targets             how soon requests are to be answered and completed
    people              clients, contacts, staff, and their files
    csv_clients         clients as a table
    collisions          what one file says against another
    addresses           one form of an address
    sources             files as read, and places in them
    toml_lines          the line of every key
    validation          what is refused, in words
    problems            file, line, what was found, what would be right

  cli/                  words in, tables or JSON out
    app                 the commands, put together
    running             run, check, demo, render
    status              status
    standing            how the desk stands, and what of it is wrong
    initialising        init
    requests            requests, register
    contacts            contact: unavailable mailboxes, personal data
    quarantine          quarantine
    outbox              outbox
    journal             explain, why, census, export
    database            db
    access              auth login
    asking              what `init` has to know
    providers           where the mail of large providers waits
    drafting            the files of a new configuration
    draft               the commented example, rewritten
    report              report
    checking            what `check` looks at
    explaining          what `explain` reads
    previews            notices on sample data, and templates that cannot be used
    documents           rows as JSON documents
    views               what is gathered from the store for them
    setting             what most commands begin with
    output              tables and JSON
    logs                lines for people, JSON for programs
    failure             what a failure says, and its exit code

  demo/                 the main job on embedded mail servers
    play                who writes what, and what became of it
    stage               servers, configuration and daemon in a temporary folder
    servers             the mail world
    imap_server         its IMAP side

  assets                where templates and example configuration are
"""

__version__ = "0.1.0"
