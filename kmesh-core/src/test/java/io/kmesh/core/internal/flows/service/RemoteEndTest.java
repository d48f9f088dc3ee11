// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.kmesh.core.internal.flows.control.Capability;
import io.kmesh.core.internal.flows.link.LinkPeer;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.merge.MergePolicy;
import io.kmesh.core.internal.transfer.RateCalendar;
import io.kmesh.testkit.time.ManualTime;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The other site's end, as far as it says no. */
class RemoteEndTest {
  @TempDir Path dir;

  /** A session with a site that can some things. */
  private static LinkSession session(Set<String> capabilities, List<String> heard) {
    return (LinkSession)
        Proxy.newProxyInstance(
            RemoteEndTest.class.getClassLoader(),
            new Class<?>[] {LinkSession.class},
            (self, method, arguments) -> {
              if (method.getName().equals("peer")) {
                return new LinkPeer("burst", "", "i", 1, capabilities, Set.of());
              }
              heard.add(
                  method.getName().equals("close") ? "close: " + arguments[0] : method.getName());
              return null;
            });
  }

  @Test
  void siteOfAnOlderBuild_isAskedNothing_andNamed() throws Exception {
    try (EngineSite here =
        new EngineSite(
            dir.resolve("here"),
            0,
            MergePolicy.KEEP_BOTH,
            ManualTime.startingAt(Instant.EPOCH),
            new Random(1))) {
      here.open();
      RemoteEnd end =
          new RemoteEnd(
              JsonNodeFactory.instance.objectNode(),
              RateCalendar.always(RateCalendar.UNLIMITED),
              here.replica,
              Set.of(Capability.MULTI_MASTER),
              null,
              RemoteEnd.ANSWERS_NOTHING);
      List<String> heard = new ArrayList<>();
      end.opened(session(Set.of("zstd"), heard));
      assertThat(heard).containsExactly("close: it was refused there");
      assertThat(end.link().waiting())
          .contains("The build of burst can't run an end of this flow (flow.multi-master)")
          .contains("Bring it up to date there.");
      List<String> newer = new ArrayList<>();
      end.opened(session(Set.of("zstd", Capability.MULTI_MASTER), newer));
      assertThat(newer).containsExactly("limit", "send");
    }
  }
}
