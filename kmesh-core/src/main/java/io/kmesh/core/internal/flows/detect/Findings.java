// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.path.PathBytes;
import java.util.ArrayList;
import java.util.List;

/** What looks found, counted since it was last taken. For the base's thread. */
public final class Findings {
  private static final int MOST_PROBLEMS = 1000;

  private long looked;
  private long newNodes;
  private long names;
  private long removedNames;
  private long attributes;
  private long contents;
  private long problemCount;
  private final List<Problem> problems = new ArrayList<>();

  /**
   * Something that could not be looked at, or is left out.
   *
   * @param path below the flow's top, as far as it is known
   * @param reason a sentence for people
   */
  public record Problem(PathBytes path, String reason) {}

  /** Entries whose stat was compared. */
  public long looked() {
    return looked;
  }

  /** Objects that were not known before. */
  public long newNodes() {
    return newNodes;
  }

  /** Registers of names that lead to something since. */
  public long names() {
    return names;
  }

  /** Registers of names that were removed. */
  public long removedNames() {
    return removedNames;
  }

  /** Registers of attributes that changed, those of new objects not counted. */
  public long attributes() {
    return attributes;
  }

  /** Registers of content that changed, those of new objects not counted. */
  public long contents() {
    return contents;
  }

  /** Whether any register changed. */
  public boolean isEmpty() {
    return newNodes + names + removedNames + attributes + contents == 0;
  }

  /** How many problems there were. */
  public long problemCount() {
    return problemCount;
  }

  /** The first 1,000 of them. */
  public List<Problem> problems() {
    return List.copyOf(problems);
  }

  void countLook() {
    looked++;
  }

  void countNode() {
    newNodes++;
  }

  void countName() {
    names++;
  }

  void countRemoved() {
    removedNames++;
  }

  void countAttributes() {
    attributes++;
  }

  void countContent() {
    contents++;
  }

  void problem(PathBytes path, String reason) {
    problemCount++;
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(new Problem(path, reason));
    }
  }

  @Override
  public String toString() {
    return looked
        + " looked at, "
        + newNodes
        + " new, "
        + names
        + " names, "
        + removedNames
        + " removed, "
        + attributes
        + " attributes, "
        + contents
        + " contents, "
        + problemCount
        + " problems";
  }
}
