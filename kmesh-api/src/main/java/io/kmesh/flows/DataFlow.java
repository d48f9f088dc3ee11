// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.snapshots.Snapshot;
import java.nio.file.FileSystem;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/** One data flow. Thread-safe. */
public interface DataFlow {
  /** Its name. */
  String name();

  /** What it was asked to be. */
  FlowSpec spec();

  /**
   * Has it run from now on, in later openings of the state too, until {@link #stop}. One that runs
   * goes on.
   *
   * @return this flow
   * @throws KmeshException when an end can't be opened
   */
  DataFlow start();

  /** Has it rest. What arrived stays; the next start sends what changed since. */
  void stop();

  /** How it stands now. Reads no tree. */
  FlowStatus status();

  /**
   * Waits until the target durably shows all that the source was when this was called, but for
   * removals that are held back ({@link FlowState#HOLDING}).
   *
   * @throws KmeshTimeoutException when the time is over; the flow goes on
   * @throws KmeshException when the flow does not run, or entries can't be placed at the target
   */
  void awaitInSync(Duration limit);

  /**
   * Waits until the target durably shows what is at and below a path of the source now, but for
   * removals that are held back.
   *
   * @param path below the flow's top, with slashes; empty for all of it
   * @throws KmeshTimeoutException when the time is over; the flow goes on
   * @throws KmeshException when the flow does not run, or entries can't be placed at the target
   */
  void barrier(String path, Duration limit);

  /**
   * Says where something changed, so that nobody has to wait until the flow looks by itself. Each
   * path is looked at as it is now; of a directory also the names in it. What is new is looked at
   * wholly, and what is not there is gone. Where changelogs tell of changes, these are read
   * instead. Returns when what was found is on its way; {@link #barrier} waits for the target.
   *
   * @param paths below the flow's top, with slashes; any number
   * @throws KmeshException INVALID when a path is none; PRECONDITION when the flow does not run;
   *     TRANSIENT when the source is at another site that does not answer within a minute
   */
  void look(Collection<String> paths);

  /**
   * The source's tree as a file system, of a running flow that gives access ({@link
   * FlowMode.Access}). Its paths have URIs, {@code kmesh:~flows!/NAME/PATH}. It is the same for all
   * callers until one of them closes it, and ends with the flow's run.
   *
   * @throws KmeshException when the flow has another mode, or does not run, or its target is not
   *     here
   */
  FileSystem fileSystem();

  /**
   * The source's tree as {@link #fileSystem()} shows it, for a subject: what is sensitive is read
   * under the subject's grants. Its URIs are {@code kmesh:~flows!/NAME~WHO/PATH}. Who the subject
   * really is, is the program's to know.
   *
   * @param who as grants name it
   * @throws KmeshException as {@link #fileSystem()}; INVALID when nobody can have the name
   */
  FileSystem fileSystem(String who);

  /**
   * Lets a subject read what is sensitive at a path and below, for a time. Returns when it is
   * durable here, and known at the source when that is at another site and reached; else the source
   * hears of it when it is reached, and refuses until then.
   *
   * @throws KmeshException INVALID when nothing there is sensitive, or its time is over;
   *     UNSUPPORTED when the flow has no sensitive paths
   */
  FlowGrant grant(Grant grant);

  /** The grants of this flow that were given, the oldest first; at most the last 10,000. */
  List<FlowGrant> grants();

  /**
   * Takes a grant back: when this returns nothing is read under it any more, its key is gone and so
   * is what was cached under it. One that ended stays as it is.
   *
   * @throws KmeshException NOT_FOUND when there is no such grant; TRANSIENT when another site holds
   *     the cache and is not reached: then nothing is sent under the grant from here any more, and
   *     that site ends it when it is reached
   */
  void revoke(String id);

  /**
   * What happened to sensitive paths here, the oldest first, as it is read from the log. Close it.
   * The log is checked on the way: entries that were changed or taken out end it with a {@link
   * KmeshException} of kind CORRUPT.
   *
   * @throws KmeshException UNSUPPORTED when the flow has no sensitive paths
   */
  Stream<AuditEntry> audit();

  /**
   * Waits until the target durably shows what is at and below a path of the source now, as long and
   * with the outcome that the synchronous mode declares. Removals that are held back are left out.
   *
   * @param path below the flow's top, with slashes; empty for all of it
   * @throws KmeshTimeoutException when the mode declares to fail
   * @throws KmeshException when the mode is another, the flow does not run, or entries can't be
   *     placed at the target
   */
  BarrierOutcome barrier(String path);

  /**
   * Writes a file at the source of a synchronous flow; closing it waits for the target.
   *
   * @param path below the flow's top, with slashes; its directory must be there
   * @throws KmeshException when the mode is another, the flow does not run, the source is at
   *     another site, or the file can't be made
   */
  FlowWriter openForWriting(String path);

  /**
   * Lets changes flow the other way from now on: the target becomes where changes are made, the
   * source what is kept equal to it. First waits until both are equal; what is sent afterwards is
   * the difference alone. Writers must rest at the source until this returns: what they write
   * meanwhile is not sent, and is displaced when the same file comes from the other side. Called
   * again it switches back.
   *
   * @throws KmeshTimeoutException when both are not equal in time; the flow goes on as before
   * @throws KmeshException when the flow does not run, or entries can't be placed at the target, or
   *     the snapshot that is to protect the end that was the source can't be taken
   */
  void switchDirection(Duration limit);

  /**
   * The snapshots that protect it ({@link FlowProtection}), oldest first: restore one to go back.
   * Stop the flow before one is restored in place; the next start sends what that changed, when it
   * was the source, and puts back what is different, when it was the target. None when it is not
   * protected.
   *
   * @throws KmeshException when the repository can't be read
   */
  List<Snapshot> protectionPoints();

  /** Whether changes flow from the specification's target to its source now. */
  boolean isReversed();

  /**
   * Lets the removals go on that a running flow held back since they were so many.
   *
   * @throws KmeshException when nothing is held, or the flow does not run
   */
  void confirmDeletions();

  /**
   * Changes that met, and that nobody resolved: of a multi-master flow, or of files that were
   * written back from this site (those are kept at the source, {@link FlowConflict#kind} is
   * CONTENT, and {@link FlowConflict#found} is when the file was written).
   *
   * @throws KmeshException PRECONDITION when the flow does not run; UNSUPPORTED when changes can't
   *     meet in it, or do so at another site
   */
  List<FlowConflict> conflicts();

  /**
   * Resolves a conflict: it is listed no more, and the loser's bytes go or take their place. What
   * that changes goes to the other end as any change does.
   *
   * @param id of {@link #conflicts}
   * @throws KmeshException NOT_FOUND when there is no such conflict; PRECONDITION when the flow
   *     does not run, or the loser's bytes are to be taken and there are none, or they are a
   *     directory's
   */
  void resolve(String id, FlowConflict.Choice choice);

  /**
   * Stops it and forgets it with all that it knew. Both trees of a copy stay as they are; a flow
   * that is made of them again sends everything anew, and moves what is at the target in its way
   * aside. Of {@code access} the source's tree stays, and the cache at the target goes, with the
   * grants and their log; nothing of it goes while files wait there to be written back. Where
   * another site holds its cache, that site forgets it first.
   *
   * @return what of the flow's own folders stays, since it may be a user's
   * @throws KmeshException PRECONDITION when files wait to be written back; TRANSIENT when another
   *     site holds its cache and is not reached: the flow goes on
   */
  FlowRemains delete();
}
