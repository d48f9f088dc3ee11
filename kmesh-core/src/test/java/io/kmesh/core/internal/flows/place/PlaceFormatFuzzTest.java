// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The tables W and I of docs/format/flow-base.md: golden vectors; other bytes are refused. */
class PlaceFormatFuzzTest {
  private static final NodeId NODE = new NodeId(0xa0, 7);
  private static final Link LINK = new Link(NODE, PathBytes.of("n"));
  private static final Intents.Old OLD =
      new Intents.Old(new NodeId(0xa0, 9), new LocalKey(3, 4), 300, new FileTime(-1, 5));
  private static final List<Intents.Place> PLACES =
      List.of(
          new Intents.Place(LINK, null, null),
          new Intents.Place(new Link(NODE, PathBytes.of("o")), NODE, null),
          new Intents.Place(new Link(NODE, PathBytes.of("p")), NODE, OLD));
  private static final List<Intents.File> FILES =
      List.of(
          new Intents.File(
              NODE,
              new Dot(0xa0, 8),
              new Dot(0xa0, 200),
              5,
              new FileTime(1, 2),
              new LocalKey(1, 2),
              FlowNames.HIDDEN,
              null),
          new Intents.File(
              new NodeId(0xa0, 9),
              new Dot(0xa0, 8),
              Dot.NONE,
              0,
              new FileTime(0, 0),
              new LocalKey(1, 2),
              NODE,
              OLD));

  private static final String[] GOLDEN_WORK = {
    "4400000000000000a000000000000000076e =", "4e00000000000000a00000000000000007 ="
  };
  private static final String[] GOLDEN_INTENTS = {
    "4b00000000000000a00000000000000007 = 0000000000000000a00800000000000000a0c8010502020000"
        + "000000000001000000000000000200000000000000000000000000000001",
    "4b00000000000000a00000000000000009 = 0100000000000000a008000000000000000000000000000000"
        + "0000000001000000000000000200000000000000a0000000000000000700000000000000a00000000000"
        + "00000900000000000000030000000000000004ac020105",
    "4d00000000000000a000000000000000076e = 00",
    "4d00000000000000a000000000000000076f = 0100000000000000a00000000000000007",
    "4d00000000000000a0000000000000000770 = 0300000000000000a0000000000000000700000000000000"
        + "a0000000000000000900000000000000030000000000000004ac020105",
    "5400000000000000a00000000000000007 ="
  };

  private static Area area(char letter) throws IOException {
    return FlowBase.open(new MemoryOrdered(), 5).area(letter);
  }

  private static List<String> hex(Area area) throws IOException {
    List<String> lines = new ArrayList<>();
    try (OrderedStore.Cursor all = area.all()) {
      while (all.next()) {
        HexFormat hex = HexFormat.of();
        lines.add((hex.formatHex(all.key()) + " = " + hex.formatHex(all.value())).strip());
      }
    }
    return lines;
  }

  private static List<Object> readWork(Area area) throws IOException {
    List<Object> all = new ArrayList<>();
    new Work(area)
        .readAll(
            new Work.Visitor() {
              @Override
              public void name(Link link) {
                all.add(link);
              }

              @Override
              public void node(NodeId id) {
                all.add(id);
              }
            });
    return all;
  }

  private static Area intents() throws IOException {
    Area area = area('I');
    Intents intents = new Intents(area);
    for (Intents.Place place : PLACES) {
      intents.put(place);
    }
    for (Intents.File file : FILES) {
      intents.put(file);
    }
    intents.offer(NODE);
    return area;
  }

  @Test
  void work_isTheGoldenVector_andReadsBack() throws IOException {
    Area area = area('W');
    Work work = new Work(area);
    work.add(LINK);
    work.add(NODE);
    assertThat(hex(area)).containsExactly(GOLDEN_WORK);
    assertThat(readWork(area)).containsExactly(LINK, NODE);
  }

  @Test
  void intents_areTheGoldenVectors_andReadBack() throws IOException {
    Area area = intents();
    assertThat(hex(area)).containsExactly(GOLDEN_INTENTS);
    Intents.Left left = new Intents(area).read();
    assertThat(left.places()).isEqualTo(PLACES);
    assertThat(left.files()).isEqualTo(FILES);
    assertThat(left.directories()).containsExactly(NODE);
  }

  @Test
  void intents_clearsWhatAnEarlierProcessLeft_butTheDirectories() throws IOException {
    Area area = intents();
    Intents next = new Intents(area);
    next.read();
    next.clear();
    assertThat(hex(area)).singleElement().asString().startsWith("54");
    next.withdraw(NODE);
    assertThat(hex(area)).isEmpty();
  }

  @Test
  void entries_whenCut_orOfUnknownKindsOrFlags_areRefused() throws IOException {
    List<byte[][]> whole = entries(intents());
    for (byte[][] entry : whole) {
      for (int i = 0; i < entry[1].length; i++) {
        byte[] cut = Arrays.copyOf(entry[1], i);
        assertThatThrownBy(() -> readIntents(entry[0], cut)).isInstanceOf(ProviderException.class);
      }
      for (int i = 0; i < 1 + NodeId.LENGTH; i++) {
        byte[] cut = Arrays.copyOf(entry[0], i);
        assertThatThrownBy(() -> readIntents(cut, entry[1])).isInstanceOf(ProviderException.class);
        assertThatThrownBy(() -> readWork(cut)).isInstanceOf(ProviderException.class);
      }
    }
    byte[] unknown = {4};
    assertThatThrownBy(() -> readIntents(whole.get(0)[0], unknown))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("flags 4");
    byte[] key = PlaceKeys.of((byte) 'x', NODE);
    assertThatThrownBy(() -> readIntents(key, new byte[0])).hasMessageContaining("kind 120");
    assertThatThrownBy(() -> readWork(key)).hasMessageContaining("kind 120");
    for (String name : new String[] {"", "..", "a/b", "a\0b"}) {
      byte[] bad = PlaceKeys.of((byte) 'D', NODE);
      byte[] text = name.getBytes(StandardCharsets.UTF_8);
      byte[] all = Arrays.copyOf(bad, bad.length + text.length);
      System.arraycopy(text, 0, all, bad.length, text.length);
      assertThatThrownBy(() -> readWork(all)).as(name).isInstanceOf(ProviderException.class);
    }
  }

  @Tag("fuzz")
  @Property
  void entries_ofAnyBytes_areReadOrRefused(
      @ForAll @Size(max = 24) byte[] key,
      @ForAll @Size(max = 60) byte[] value,
      @ForAll @IntRange(max = 5) int which,
      @ForAll @IntRange(max = 800) int flip)
      throws IOException {
    read(key, value);
    byte[][] damaged = entries(intents()).get(which);
    byte[] part = damaged[flip % 2];
    if (part.length > 0) {
      part[flip / 16 % part.length] ^= (byte) (1 << flip / 2 % 8);
    }
    read(damaged[0], damaged[1]);
  }

  private static void read(byte[] key, byte[] value) throws IOException {
    try {
      readIntents(key, value);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(e).hasMessageContaining("an intent of a flow");
    }
    try {
      assertThat(readWork(key)).hasSize(1);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(e).hasMessageContaining("what a flow has to place");
    }
  }

  private static void readIntents(byte[] key, byte[] value) throws IOException {
    Area area = area('I');
    area.put(key, value);
    Intents.Left left = new Intents(area).read();
    assertThat(left.places().size() + left.files().size() + left.directories().size()).isOne();
  }

  private static List<Object> readWork(byte[] key) throws IOException {
    Area area = area('W');
    area.put(key, new byte[0]);
    return readWork(area);
  }

  private static List<byte[][]> entries(Area area) throws IOException {
    List<byte[][]> entries = new ArrayList<>();
    try (OrderedStore.Cursor all = area.all()) {
      while (all.next()) {
        entries.add(new byte[][] {all.key(), all.value()});
      }
    }
    return entries;
  }
}
