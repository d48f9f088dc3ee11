// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {
  private static final NodeId NODE = new NodeId(7, 1);

  private static Version version(int replicas) {
    VersionVector seen = VersionVector.EMPTY;
    for (int i = 1; i <= replicas; i++) {
      seen = seen.with(i, 1);
    }
    return new Version(new Dot(1, 1), seen);
  }

  private static void check(Node node, Dirent name) throws ProviderException {
    Admission.check(
        new Message.Batch(
            1,
            Message.Tail.END,
            List.of(new Message.Change(node, name, Message.Delivery.ON_DEMAND))),
        "lab");
  }

  private static Node node(NodeId id, int target, int xattr, int replicas) {
    TreeMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    xattrs.put(PathBytes.of("user.x"), new byte[xattr]);
    return new Node(
        id,
        FileType.SYMLINK,
        0,
        PathBytes.of("x".repeat(target)),
        new Attributes(0777, 0, 0, xattrs),
        version(1),
        new Content(0, new FileTime(0, 0)),
        version(replicas),
        null,
        List.of(),
        0);
  }

  private static Dirent name(NodeId parent, String name) {
    return Dirent.none(new Link(parent, PathBytes.of(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {".kmesh~f~7-1", ".kmesh-flow-f", ".kmesh~alias", ".kmesh-x"})
  void ownNames_leadToNothing_butMayBeMarks(String own) {
    assertThatThrownBy(() -> check(null, name(NODE, own).to(NODE, version(1))))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("Cannot take changes of lab")
        .hasMessageContaining(own);
    Dirent mark = name(NODE, own).to(NODE, version(1)).gone(version(1), VersionVector.EMPTY);
    assertThatCode(() -> check(null, mark)).doesNotThrowAnyException();
  }

  @Test
  void namesOfTheFlow_areTaken() {
    for (String name : new String[] {".kmesh", ".kmeshx", "a", ".kmes~"}) {
      assertThatCode(() -> check(null, name(NodeId.ROOT, name).to(NODE, version(1024))))
          .doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @CsvSource({"0,1", "0,2"})
  void pseudoNodes_areNeitherNodesNorDirectories(long replica, long number) {
    NodeId own = new NodeId(replica, number);
    assertThatThrownBy(() -> check(null, name(own, "x").to(NODE, version(1))))
        .hasMessageContaining("is none of a flow");
    assertThatThrownBy(() -> check(null, name(NodeId.ROOT, "x").to(own, version(1))))
        .hasMessageContaining("is none of a flow");
    assertThatThrownBy(() -> check(node(own, 1, 1, 1), null))
        .hasMessageContaining("is none of a flow");
  }

  @Test
  void theRoot_getsNoName() {
    assertThatThrownBy(() -> check(null, name(NODE, "x").to(NodeId.ROOT, version(1))))
        .hasMessageContaining("is none of a flow");
  }

  @Test
  void whatNoBaseCouldKeep_isRefused() {
    assertThatCode(() -> check(node(NODE, 4095, 1 << 19, 1024), null)).doesNotThrowAnyException();
    assertThatThrownBy(() -> check(node(NODE, 4096, 1, 1), null)).hasMessageContaining("4096");
    assertThatThrownBy(() -> check(node(NODE, 1, 1 << 20, 1), null))
        .hasMessageContaining("bytes of extended attributes");
    assertThatThrownBy(() -> check(node(NODE, 1, 1, 1025), null))
        .hasMessageContaining("is none of a flow");
    assertThatThrownBy(() -> check(null, name(NODE, "x").to(NODE, version(1025))))
        .hasMessageContaining("is none of a flow");
  }
}
