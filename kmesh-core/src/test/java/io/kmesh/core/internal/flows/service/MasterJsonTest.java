// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.FlowConflict;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What sites tell each other of several masters: docs/format/flow-control.md. */
class MasterJsonTest {
  private static final String GOLDEN =
      "{\"format\":0,\"conflicts\":[{\"id\":\"0011223344556677\",\"kind\":\"CONTENT\","
          + "\"path\":\"a/file\",\"winner\":\"target\",\"loser\":\"source\","
          + "\"policy\":\"newest\",\"keptEnd\":\"source\","
          + "\"kept\":\".kmesh-flow-f/displaced/1\",\"foundMillis\":1700000000123}],"
          + "\"next\":\"0102\"}";
  private static final ConflictPage PAGE =
      new ConflictPage(
          List.of(
              new FlowConflict(
                  "0011223344556677",
                  FlowConflict.Kind.CONTENT,
                  "a/file",
                  "target",
                  "source",
                  "newest",
                  "source",
                  ".kmesh-flow-f/displaced/1",
                  Instant.ofEpochMilli(1_700_000_000_123L))),
          "0102");

  private static JsonNode json(String text) throws IOException {
    return SpecJson.tree(text.getBytes(UTF_8));
  }

  @Test
  void answers_areTheGoldenVectors_andReadBack() throws Exception {
    assertThat(new String(SpecJson.encode(MasterJson.writePage(PAGE)), UTF_8)).isEqualTo(GOLDEN);
    assertThat(MasterJson.readPage(json(GOLDEN))).isEqualTo(PAGE);
    assertThat(new String(SpecJson.encode(MasterJson.writePlace(300)), UTF_8))
        .isEqualTo("{\"format\":0,\"place\":300}");
    assertThat(MasterJson.readPlace(json("{\"format\":0,\"place\":300}"))).isEqualTo(300);
  }

  @Test
  void answersThatMakeNoSense_areRefused() {
    assertRefused(GOLDEN.replace("\"format\":0", "\"format\":1"), "the format is not known");
    assertRefused(GOLDEN.replace("0011223344556677", "../x"), "no name of a conflict");
    assertRefused(GOLDEN.replace("CONTENT", "WEATHER"), "\"WEATHER\" is not known");
    assertRefused(GOLDEN.replace("a/file", "x".repeat(70_000)), "more than 65536 characters");
    assertRefused("{\"format\":0,\"conflicts\":[],\"next\":\"01\"}", "empty, and not the last");
    String one = GOLDEN.substring(GOLDEN.indexOf('[') + 1, GOLDEN.indexOf(']'));
    assertRefused(GOLDEN.replace(one, one + ("," + one).repeat(256)), "more than 256");
    assertThatThrownBy(() -> MasterJson.readPlace(json("{\"format\":0,\"place\":-1}")))
        .isInstanceOf(ProviderException.class);
  }

  private static void assertRefused(String text, String why) {
    assertThatThrownBy(() -> MasterJson.readPage(json(text)))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining(why);
  }

  @Test
  void questionsThatMakeNoSense_areRefused() throws Exception {
    Endless end = new Endless();
    assertAskedInVain("{\"from\":\"\",\"most\":0}", end);
    assertAskedInVain("{\"from\":\"\",\"most\":257}", end);
    assertThatThrownBy(() -> MasterJson.resolve(json("{\"id\":\"00\",\"how\":\"SOMEHOW\"}"), end))
        .hasMessageContaining("\"SOMEHOW\" is not known");
    assertThat(MasterJson.tell(json("{\"id\":\"00\"}"), end).join().conflicts()).isEmpty();
    MasterJson.resolve(json("{\"id\":\"00\",\"how\":\"FORGET\"}"), end).join();
    assertThat(end.resolved).containsExactly("00 FORGET");
  }

  private static void assertAskedInVain(String question, MasterEnd end) {
    assertThatThrownBy(() -> MasterJson.tell(json(question), end))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("not between 1 and 256");
  }

  /** An end that always has more. */
  private static final class Endless implements MasterEnd {
    final List<String> resolved = new ArrayList<>();
    int pages;

    @Override
    public CompletableFuture<Void> barrier(PathBytes path) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Long> place() {
      return CompletableFuture.completedFuture(0L);
    }

    @Override
    public CompletableFuture<ConflictPage> conflicts(String from, int most) {
      pages++;
      List<FlowConflict> all = new ArrayList<>();
      for (int i = 0; i < most; i++) {
        all.add(PAGE.conflicts().get(0));
      }
      return CompletableFuture.completedFuture(new ConflictPage(all, "01"));
    }

    @Override
    public CompletableFuture<ConflictPage> find(String id) {
      return CompletableFuture.completedFuture(new ConflictPage(List.of(), ""));
    }

    @Override
    public CompletableFuture<Void> resolve(String id, Resolution how) {
      resolved.add(id + " " + how);
      return CompletableFuture.completedFuture(null);
    }
  }

  @Test
  void endThatAlwaysHasMore_isNotListenedToForEver() throws Exception {
    Endless end = new Endless();
    assertThat(new BothConflicts(List.of(end, new Endless())).list()).hasSize(1);
    assertThat(end.pages).isEqualTo(391);
  }

  @Tag("fuzz")
  @Property(tries = 5_000)
  void damagedPage_isOneThatReadsBack_orRefused(
      @ForAll @IntRange(max = 2400) int flip, @ForAll @IntRange(max = 320) int cut)
      throws Exception {
    byte[] bytes = GOLDEN.substring(0, Math.min(cut + 1, GOLDEN.length())).getBytes(UTF_8);
    bytes[flip / 8 % bytes.length] ^= (byte) (1 << flip % 8);
    JsonNode json;
    try {
      json = SpecJson.tree(bytes);
    } catch (IOException e) {
      return; // refused before
    }
    if (json instanceof ObjectNode object) {
      try {
        ConflictPage page = MasterJson.readPage(object);
        assertThat(MasterJson.readPage(MasterJson.writePage(page))).isEqualTo(page);
      } catch (ProviderException e) {
        assertThat(e).hasMessageContaining("Cannot read what the other site says of conflicts");
      }
    }
  }
}
