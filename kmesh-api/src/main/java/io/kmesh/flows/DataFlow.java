// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import java.nio.file.FileSystem;
import java.time.Duration;
import java.util.List;

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
   * The source's tree as a file system, of a running flow that gives access ({@link
   * FlowMode.Access}). Its paths have URIs, {@code kmesh:~flows!/NAME/PATH}. It is the same for all
   * callers until one of them closes it, and ends with the flow's run.
   *
   * @throws KmeshException when the flow has another mode, or does not run, or its target is not
   *     here
   */
  FileSystem fileSystem();

  /**
   * Lets the removals go on that a running flow held back since they were so many.
   *
   * @throws KmeshException when nothing is held, or the flow does not run
   */
  void confirmDeletions();

  /**
   * Changes of a multi-master flow that met, and that nobody resolved; none of other modes.
   *
   * @throws KmeshException when the flow does not run
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
   * Stops it and forgets it with all that it knew. Both trees stay as they are. A flow that is made
   * of them again sends everything anew, and moves what is at the target in its way aside.
   */
  void delete();
}
