// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.LustreBinding;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The clusters of a Kmesh by name. Thread-safe. */
public interface Clusters {
  /**
   * Attaches an existing Lustre file system under a name. The same file system under the same name
   * is the same cluster; the binding stays the caller's to close.
   *
   * @param name 1 to 64 of {@code a-z 0-9 . _ -}
   * @throws SpecConflictException when the name stands for another file system, one that a provider
   *     made included
   */
  Cluster attach(String name, LustreBinding lustre);

  /**
   * Attaches the Lustre that is mounted at a directory under a name; Kmesh opens it by the provider
   * that it finds (kmesh-lustre-jna) and closes it with itself. The same mount point under the same
   * name is the same cluster.
   *
   * @param name 1 to 64 of {@code a-z 0-9 . _ -}
   * @param mountPoint the mount point itself, such as {@code /mnt/lustre}
   * @throws SpecConflictException when the name stands for another file system
   * @throws KmeshException UNSUPPORTED when no provider works here, or nothing of Lustre is mounted
   *     there; INVALID when the path lies below a mount point; NOT_FOUND when there is no such
   *     directory
   */
  default Cluster attach(String name, Path mountPoint) {
    throw new KmeshException(
        ErrorKind.UNSUPPORTED,
        "Cannot attach "
            + mountPoint
            + " as \""
            + name
            + "\": this Kmesh opens no mounts itself. Attach a binding.");
  }

  /**
   * The cluster of a name, when it is attached in this process. One that a provider made for this
   * state is opened and attached by that; when it can't be opened here there is none, and {@link
   * ProvisionedCluster#cluster()} says why.
   */
  Optional<Cluster> find(String name);

  /** The attached clusters by name. */
  List<Cluster> list();

  /** The clusters that providers made for this state, or were asked to make, by name. */
  List<ProvisionedCluster> provisioned();

  /**
   * Says what making a cluster would do, after asking its provider whether it could.
   *
   * @throws KmeshException INVALID, naming the value and what is allowed; NO_SPACE when quota is
   *     short; NOT_FOUND when this Kmesh has no such provider; EXISTS when the name is taken
   */
  ClusterPlan planCreate(String name, ClusterSpec spec);

  /**
   * Has a provider make a cluster. The operation survives the process, and ends with exactly one
   * resource or none: when it fails or is cancelled, what was begun is deleted first. Its progress
   * is in per cent.
   *
   * @param name 1 to 64 of {@code a-z 0-9 . _ -}
   * @throws KmeshException EXISTS when the name is taken; NOT_FOUND when this Kmesh has no such
   *     provider
   */
  Operation<ProvisionedCluster> create(String name, ClusterSpec spec);

  /** As {@link #create(String, ClusterSpec)}. */
  default Operation<ProvisionedCluster> create(String name, Consumer<ClusterSpec.Builder> options) {
    return create(name, built(options));
  }

  /**
   * Gives the cluster of a name and spec that is there or being made, or has it made.
   *
   * @throws SpecConflictException when one of that name has another spec; it lists the fields
   * @throws KmeshException PRECONDITION when it is being deleted; else as {@link #create(String,
   *     ClusterSpec)}
   */
  Operation<ProvisionedCluster> ensure(String name, ClusterSpec spec);

  /** As {@link #ensure(String, ClusterSpec)}. */
  default Operation<ProvisionedCluster> ensure(String name, Consumer<ClusterSpec.Builder> options) {
    return ensure(name, built(options));
  }

  /**
   * Says what giving a cluster another shape would do, after asking its provider whether it could.
   *
   * @throws KmeshException INVALID, naming the value and what is allowed; NOT_FOUND when no
   *     provider made a cluster of this name; PRECONDITION while another change goes on
   * @throws UnsupportedCapabilityException when the provider can't do that at all
   */
  ClusterPlan planResize(String name, ClusterShape shape);

  /**
   * Gives a cluster another shape. What the provider has accepted can't be withdrawn: a cancel
   * after that is ignored. When it fails, the cluster has the shape that it had.
   */
  default Operation<ProvisionedCluster> resize(String name, ClusterShape shape) {
    return planResize(name, shape).apply();
  }

  /**
   * Says what deleting a cluster would do, and what is lost by it.
   *
   * @throws KmeshException NOT_FOUND when no provider made a cluster of this name; PRECONDITION
   *     while another change goes on, or it is being made: cancel that then
   */
  ClusterPlan planDelete(String name);

  /**
   * Deletes a cluster with all that is in it; see the plan first. What the provider has accepted
   * can't be withdrawn: a cancel after that is ignored.
   */
  default Operation<ProvisionedCluster> delete(String name) {
    return planDelete(name).apply();
  }

  private static ClusterSpec built(Consumer<ClusterSpec.Builder> options) {
    ClusterSpec.Builder builder = ClusterSpec.builder();
    options.accept(builder);
    try {
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new KmeshException(ErrorKind.INVALID, String.valueOf(e.getMessage()), e);
    }
  }
}
