// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a peer may tell at all, whoever it is: nothing that touches what is a flow's own in a tree,
 * and nothing that a base could not keep. Stateless.
 */
final class Admission {
  private static final byte[] OWN = ".kmesh".getBytes(StandardCharsets.US_ASCII);

  /** Replicas in a version of one register. */
  private static final int MOST_REPLICAS = 1024;

  /** Bytes of a node's extended attributes: Lustre's longest value. */
  private static final long MOST_XATTRS = 1 << 20;

  private static final int MOST_TARGET = 4095;

  private Admission() {}

  /**
   * Checks a batch before anything of it is kept.
   *
   * @param site who tells it
   * @throws ProviderException INVALID when it is not to be taken
   */
  static void check(Message.Batch batch, String site) throws ProviderException {
    for (Message.Change change : batch.changes()) {
      String reason = null;
      if (change.node() != null) {
        reason = whyNot(change.node());
      } else if (change.dirent() != null) {
        reason = whyNot(change.dirent());
      }
      if (reason != null) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot take changes of "
                + site
                + ": "
                + reason
                + ". The two sites may run builds that disagree.");
      }
    }
  }

  private static @Nullable String whyNot(Node node) {
    long bytes = 0;
    for (Map.Entry<PathBytes, byte[]> one : node.attributes().xattrs().entrySet()) {
      bytes += one.getKey().length() + one.getValue().length;
    }
    if (bytes > MOST_XATTRS) {
      return "node " + node.id() + " has " + bytes + " bytes of extended attributes";
    }
    if (node.target().length() > MOST_TARGET) {
      return "node " + node.id() + " leads to a path of " + node.target().length() + " bytes";
    }
    return isOwn(node.id()) || isLong(node.attributesVersion()) || isLong(node.contentVersion())
        ? "node " + node.id() + " is none of a flow"
        : null;
  }

  private static @Nullable String whyNot(Dirent name) {
    if (name.node() != null && isOwn(name.link().name())) {
      return "the name " + name.link().name() + " is the flow's own";
    }
    boolean isRefused =
        isOwn(name.link().parent())
            || (name.node() != null && (name.node().isRoot() || isOwn(name.node())))
            || isLong(name.version())
            || isLong(name.removedSeen());
    return isRefused ? "the name " + name.link() + " is none of a flow" : null;
  }

  /** No replica is 0: these numbers are pseudo-nodes of who places. */
  private static boolean isOwn(NodeId id) {
    return id.replica() == 0 && !id.isRoot();
  }

  private static boolean isOwn(PathBytes name) {
    if (name.length() <= OWN.length) {
      return false;
    }
    for (int i = 0; i < OWN.length; i++) {
      if (name.at(i) != OWN[i]) {
        return false;
      }
    }
    return name.at(OWN.length) == '~' || name.at(OWN.length) == '-';
  }

  private static boolean isLong(Version version) {
    return isLong(version.seen());
  }

  private static boolean isLong(VersionVector vector) {
    return vector.size() > MOST_REPLICAS;
  }
}
