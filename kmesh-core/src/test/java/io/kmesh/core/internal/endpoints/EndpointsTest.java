// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.endpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.Cluster;
import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashableTree;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndpointsTest {
  @TempDir Path directory;

  @Test
  void openOrMake_aMissingDirectoryHere_makesItAndThoseAboveIt() throws IOException {
    ManualTime time = ManualTime.create();
    try (MemoryState state = MemoryState.create(time);
        Kmesh kmesh = Kmesh.builder().state(state).time(time).build()) {
      Endpoints endpoints = new Endpoints(kmesh.clusters(), null);
      Endpoint endpoint = Endpoint.directory(directory.resolve("a/b"));
      assertThatThrownBy(() -> endpoints.open(endpoint))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
      try (OpenEndpoint open = endpoints.openOrMake(endpoint)) {
        open.tree().openFile(PathBytes.of("f"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE)).close();
        assertThat(open.lustre()).isEmpty();
      }
      assertThat(directory.resolve("a/b/f")).exists();
      endpoints.openOrMake(endpoint).close();
    }
  }

  @Test
  void open_aPathOfACluster_isATreeWithThatTop() throws IOException {
    ManualTime time = ManualTime.create();
    try (MemoryState state = MemoryState.create(time);
        SimulatedLustre lustre = SimulatedLustre.at(directory);
        FileSystem files = lustre.fileSystem();
        Kmesh kmesh = Kmesh.builder().state(state).time(time).build()) {
      Cluster lab = kmesh.clusters().attach("lab", lustre);
      Endpoints endpoints = new Endpoints(kmesh.clusters(), null);
      try (OpenEndpoint open = endpoints.openOrMake(lab.path("/job42/out"))) {
        open.tree().openFile(PathBytes.of("f"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE)).close();
        assertThat(open.tree().stat(PathBytes.EMPTY).isDirectory()).isTrue();
        assertThat(open.tree().stat(PathBytes.of("f")).isRegular()).isTrue();
        assertThat(open.lustre()).containsSame(lustre);
      }
      assertThat(Files.exists(files.getPath("/job42/out/f"))).isTrue();
      assertThatThrownBy(() -> endpoints.open(new Endpoint.LustrePath("none", PathBytes.EMPTY)))
          .hasMessageContaining("not attached");
    }
  }

  @Test
  void json_writtenAndRead_isTheSameEndpoint() throws IOException {
    for (Endpoint endpoint :
        new Endpoint[] {
          Endpoint.directory(directory),
          new Endpoint.LustrePath("lab", PathBytes.of(new byte[] {'/', 'j', (byte) 0xff, '/'})),
          new Endpoint.LustrePath("lab", PathBytes.EMPTY),
          Endpoint.at("burst", "data/job42"),
          Endpoint.snapshot("repo", "0123456789abcdef"),
          Endpoint.virtualCopy("repo", "0123456789abcdef")
        }) {
      assertThat(EndpointJson.read(EndpointJson.write(endpoint))).isEqualTo(endpoint);
    }
    for (String bad :
        new String[] {
          "{}",
          "[]",
          "{\"lustre\":{}}",
          "{\"snapshot\":{\"repository\":\"repo\",\"id\":\"latest\"}}",
          "{\"snapshot\":{\"repository\":\"repo\"}}",
          "{\"virtualCopy\":{\"repository\":\"repo\",\"id\":\"what-if\"}}",
          "{\"snapshot\":{\"repository\":1,\"id\":\"0123456789abcdef\"}}",
          "{\"directory\":1}",
          "{\"directory\":\"\\u0000\"}"
        }) {
      assertThatThrownBy(() -> EndpointJson.read(new ObjectMapper().readTree(bad)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void openOrMake_directoriesThatItMakes_areDurable() throws IOException {
    ManualTime time = ManualTime.create();
    try (MemoryState state = MemoryState.create(time);
        SimulatedLustre lustre = SimulatedLustre.at(directory);
        Kmesh kmesh = Kmesh.builder().state(state).time(time).build()) {
      CrashableTree tree = CrashableTree.of(lustre.tree(), CrashPoint.never());
      LustreBinding binding =
          new ForwardingLustreBinding() {
            @Override
            protected LustreBinding delegate() {
              return lustre;
            }

            @Override
            public PosixTree tree() {
              return tree;
            }
          };
      Endpoint place = kmesh.clusters().attach("lab", binding).path("/job42");
      new Endpoints(kmesh.clusters(), null).openOrMake(place, PathBytes.of("out/a")).close();
      assertThat(lustre.tree().stat(PathBytes.of("job42/out/a")).isDirectory()).isTrue();
      assertThat(tree.unsynced()).isZero();
    }
  }
}
