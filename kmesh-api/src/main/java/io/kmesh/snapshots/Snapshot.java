// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import io.kmesh.Operation;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.CopyReport;
import io.kmesh.unit.DataSize;
import java.nio.file.FileSystem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A snapshot of a tree in a repository. What it says of itself is as it was when it was asked for;
 * everything else opens the repository. Thread-safe.
 *
 * <p>Failures are {@link io.kmesh.KmeshException}s: NOT_FOUND when the snapshot was forgotten or
 * has no such path, CORRUPT when stored data are damaged. One that was found for a caller ({@link
 * Snapshots#as}) has the paths that he may see, is read and restored, and refuses all else with
 * DENIED; what it says of its size is of the whole.
 */
public interface Snapshot {
  /** 16 hexadecimal digits; a copy in another repository has the same. */
  String id();

  /** Its name, which need not be unique. */
  String name();

  /** The repository's name. */
  String repository();

  /**
   * It as the source of a data flow. It is read by whoever runs the flow, so one that was found for
   * a caller is refused with DENIED.
   */
  Endpoint endpoint();

  /** When it was begun. */
  Instant time();

  /** What was taken: the endpoint as it prints itself. */
  String source();

  /** The machine, or the cluster, that the source belongs to. */
  String host();

  /** What its taker says of it. */
  Map<String, String> tags();

  /** Who holds it, and why. */
  Map<String, String> holds();

  /**
   * Who may see what of it; none: all may see all. One that was found for a caller tells the rules
   * that are for him.
   */
  List<AccessRule> access();

  /** The id of the {@link SnapshotCut} that it is a part of; empty when it was taken alone. */
  Optional<String> cut();

  /** Regular files. */
  long files();

  /** Directories, the top included. */
  long directories();

  /** Links, devices and the like. */
  long others();

  /** The bytes of all regular files. */
  DataSize bytes();

  /** What it added to the store, sealed, without the index; empty when that is not known. */
  Optional<DataSize> stored();

  /** How many entries could not be taken as they are. */
  long problems();

  /**
   * The first {@value SnapshotProblem#MOST} of them; only the result of the operation that took it
   * knows them.
   */
  List<SnapshotProblem> problemDetails();

  /**
   * Why its tree was walked although changelog users were named; empty when it was taken by
   * changelog, or none were. Only the result of the operation that took it knows that.
   */
  Optional<String> scanReason();

  /** The entry at a path. */
  SnapshotEntry at(PathBytes path);

  /** The entry at a path. */
  default SnapshotEntry at(String path) {
    return at(PathBytes.of(path));
  }

  /** Tells the entries of the directory at a path, in the order of their names' bytes. */
  void list(PathBytes path, Consumer<SnapshotEntry> visitor);

  /** The entries of the directory at a path. One of very many is better told one by one. */
  default List<SnapshotEntry> list(String path) {
    List<SnapshotEntry> entries = new ArrayList<>();
    list(PathBytes.of(path), entries::add);
    return entries;
  }

  /** Tells all entries below a path; a directory comes before what is in it. */
  void walk(PathBytes path, Consumer<SnapshotEntry> visitor);

  /**
   * Tells all entries that fit a glob: without a slash it is compared with names, else with paths.
   *
   * @throws IllegalArgumentException when it can't be understood
   */
  void find(String glob, Consumer<SnapshotEntry> visitor);

  /** Tells what a newer snapshot of the same repository has otherwise; reads no content. */
  void diff(Snapshot newer, Consumer<SnapshotChange> visitor);

  /** What a newer snapshot has otherwise. A list of very many is better told one by one. */
  default List<SnapshotChange> diff(Snapshot newer) {
    List<SnapshotChange> changes = new ArrayList<>();
    diff(newer, changes::add);
    return changes;
  }

  /** Restores all of it into a directory, which is made where it is missing. */
  default Operation<RestoreReport> restore(Endpoint target) {
    return restore(r -> r.to(target));
  }

  /**
   * Restores. What is there already as it should be is not written again, so that a restore that
   * was cut goes on.
   */
  default Operation<RestoreReport> restore(Consumer<RestoreSpec.Builder> options) {
    RestoreSpec.Builder builder = RestoreSpec.builder();
    options.accept(builder);
    return restore(builder.build());
  }

  /**
   * Restores.
   *
   * @throws io.kmesh.KmeshException INVALID for a restore in place: plan that first
   */
  Operation<RestoreReport> restore(RestoreSpec spec);

  /** Plans a restore that replaces what differs, such as one in place. */
  default RestorePlan planRestore(Consumer<RestoreSpec.Builder> options) {
    RestoreSpec.Builder builder = RestoreSpec.builder().replace();
    options.accept(builder);
    return planRestore(builder.build());
  }

  /**
   * Plans a restore.
   *
   * @throws io.kmesh.KmeshException INVALID when it has more than {@link RestorePlan#MOST_STEPS}
   */
  RestorePlan planRestore(RestoreSpec spec);

  /**
   * Shows it as a file system that can't be written. Only what is looked at is fetched. The caller
   * closes it; until then nothing of the snapshot goes, whoever forgets it.
   */
  FileSystem fileSystem();

  /** Copies it to another repository, where it keeps its id; what is there is not sent again. */
  Operation<CopyReport> copyTo(String repository);

  /**
   * Holds it: nothing forgets it until it is released.
   *
   * @param name who or what holds it: 1 to 64 of {@code A-Z a-z 0-9 . _ -}
   */
  void hold(String name, String reason);

  /** Takes a hold away; one that is not there is no error. */
  void release(String name);

  /**
   * Forgets it; one that is gone is no error.
   *
   * @throws io.kmesh.KmeshException PRECONDITION when somebody holds it
   */
  void forget();
}
