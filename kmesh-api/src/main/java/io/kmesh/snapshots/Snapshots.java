// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import io.kmesh.Operation;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The snapshots in the repositories of a Kmesh. Thread-safe. */
public interface Snapshots {
  /**
   * Takes a snapshot of a directory. Nothing is seen of it before it is whole. A released file of a
   * Lustre is not read, which would restore it: a reference to its archived object is kept.
   *
   * <p>One whose process was killed is begun again by the next.
   *
   * @param name for people; need not be unique
   */
  default Operation<Snapshot> take(
      String name, Endpoint source, Consumer<SnapshotSpec.Builder> options) {
    SnapshotSpec.Builder builder = SnapshotSpec.of(source);
    options.accept(builder);
    return take(name, builder.build());
  }

  /**
   * Takes a snapshot.
   *
   * @throws io.kmesh.KmeshException NOT_FOUND when its repository is not known or does not exist,
   *     INVALID when it names none and there are several, or a glob can't be understood
   */
  Operation<Snapshot> take(String name, SnapshotSpec spec);

  /**
   * Takes snapshots of several directories at one moment: {@link #takeTogether(String,
   * SnapshotCutSpec)}.
   */
  default Operation<SnapshotCut> takeTogether(
      String name, Consumer<SnapshotCutSpec.Builder> options) {
    SnapshotCutSpec.Builder builder = SnapshotCutSpec.builder();
    options.accept(builder);
    return takeTogether(name, builder.build());
  }

  /**
   * Takes snapshots of several directories at one moment. All are read while writers go on; then
   * the hooks freeze, what changed is read, the hooks thaw, and all snapshots are published. A hook
   * that fails or overruns its deadline ends the operation: what was frozen is thawed, and there is
   * no snapshot. Those of one repository appear in one step; those of several one after the other,
   * and where a later one fails, or the process is killed in between, the earlier ones are taken
   * back.
   *
   * <p>One whose process was killed is begun again by the next, which first thaws what was left
   * frozen. Cuts with hooks are taken one after the other.
   *
   * @param name of each snapshot
   * @throws io.kmesh.KmeshException NOT_FOUND when a repository is not known or does not exist, or
   *     a hook is not known, INVALID when a site names no repository and there are several, or a
   *     glob can't be understood
   */
  Operation<SnapshotCut> takeTogether(String name, SnapshotCutSpec spec);

  /** All snapshots of all repositories that exist, oldest first. */
  default List<Snapshot> list() {
    return list(SnapshotQuery.ALL);
  }

  /** The snapshots that fit, oldest first. */
  default List<Snapshot> list(Consumer<SnapshotQuery.Builder> options) {
    return list(query(options));
  }

  /** The snapshots that fit, oldest first. */
  List<Snapshot> list(SnapshotQuery query);

  /**
   * The snapshot that is meant.
   *
   * @param text its id, four or more first digits of it, its name, or {@code latest}
   * @throws io.kmesh.KmeshException INVALID when several are meant
   */
  Optional<Snapshot> find(String repository, String text);

  /**
   * Looks for names in many snapshots, the oldest first.
   *
   * @param glob without a slash it is compared with names, else with paths
   * @throws IllegalArgumentException when it can't be understood
   */
  void findEntries(String glob, SnapshotQuery in, Consumer<SnapshotMatch> visitor);

  /**
   * Plans what a retention policy would forget. Rules count each source of each host for itself.
   *
   * @param among only these are looked at
   */
  default ForgetPlan planForget(
      String repository, RetentionPolicy policy, Consumer<SnapshotQuery.Builder> among) {
    return planForget(policy, query(among.andThen(q -> q.in(repository))));
  }

  /** Plans what a retention policy would forget of a repository. */
  default ForgetPlan planForget(String repository, RetentionPolicy policy) {
    return planForget(repository, policy, q -> {});
  }

  /**
   * Plans what a retention policy would forget.
   *
   * @param among only these are looked at; it names a repository, unless there is only one
   */
  ForgetPlan planForget(RetentionPolicy policy, SnapshotQuery among);

  /**
   * Makes sure that snapshots are taken by a policy: makes it, or gives the one that is there.
   *
   * @param name 1 to 64 of {@code a-z 0-9 . _ -}
   * @throws io.kmesh.SpecConflictException when one of that name differs; it lists the fields
   */
  default SnapshotPolicy ensure(String name, Consumer<SnapshotPolicy.Builder> options) {
    SnapshotPolicy.Builder builder = SnapshotPolicy.builder(name);
    options.accept(builder);
    return ensure(builder.build());
  }

  /**
   * Makes sure that snapshots are taken by a policy.
   *
   * @throws io.kmesh.SpecConflictException when one of that name differs; it lists the fields
   */
  SnapshotPolicy ensure(SnapshotPolicy policy);

  /**
   * The same for someone: he finds, lists, compares, opens and restores what the access rules of
   * snapshots let him see. What he may see nothing of is not there. Everything else is refused with
   * DENIED. Kmesh proves no identity: the program that asks knows who the caller is.
   */
  Snapshots as(Caller caller);

  /** The policies: their status, and how to pause and delete them. */
  SnapshotPolicies policies();

  private static SnapshotQuery query(Consumer<SnapshotQuery.Builder> options) {
    SnapshotQuery.Builder builder = SnapshotQuery.ALL.toBuilder();
    options.accept(builder);
    return builder.build();
  }
}
