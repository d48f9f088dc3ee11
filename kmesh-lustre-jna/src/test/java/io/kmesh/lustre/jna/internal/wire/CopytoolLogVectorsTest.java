// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a copytool in C printed of the lists that it received, and the events it wrote for each. */
class CopytoolLogVectorsTest {
  private static ActionList list(String folder, int number) throws Exception {
    String name = String.format("vectors/hsm/%s/hal-%03d.bin", folder, number);
    return ActionListCodec.decode(ByteBuffer.wrap(Reference.bytes(name)));
  }

  private static List<String> log(String folder) {
    return Reference.text("vectors/hsm/" + folder + "/ct.log").lines().toList();
  }

  private static String printed(ActionList list) {
    return String.format(
        " ver=1 count=%d compound=0 flags=%x archive=%s fsname=%s",
        list.items().size(), list.flags(), list.archiveId(), list.fsname());
  }

  private static String printed(int number, ActionList.Item item) {
    return String.format(
        " item %d len=%d action=%d(%s) fid=%s dfid=%s ext=%d+%x cookie=%x gid=%d data=%d '%s'",
        number,
        72 + item.payloadLength(),
        item.action(),
        item.kind().orElseThrow(),
        item.fid(),
        item.dataFid(),
        item.extent().offset(),
        item.extent().length(),
        item.cookie(),
        item.gid(),
        item.payloadLength(),
        new String(item.payload(), StandardCharsets.US_ASCII));
  }

  @ParameterizedTest
  @CsvSource({"ct_work,16", "ct_slow,6", "ct_fail,2"})
  void lists_areWhatTheCopytoolPrinted(String folder, int count) throws Exception {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ActionList list = list(folder, i);
      int size = ActionListCodec.encode(list).length;
      expected.add(String.format("recv %d rc=0 size=%d hal_size=%d", i, size, size));
      expected.add(printed(list));
      for (int k = 0; k < list.items().size(); k++) {
        expected.add(printed(k, list.items().get(k)));
      }
    }
    List<String> told =
        log(folder).stream()
            .filter(line -> line.matches("recv \\d+ rc=0 .*| ver=.*| item .*"))
            .toList();
    assertThat(told).isEqualTo(expected);
  }

  @Test
  void rawMessages_haveTheSizesThatWereRead() {
    List<String> sizes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      byte[] bytes = Reference.bytes(String.format("vectors/hsm/ct_raw/kuc-%03d.bin", i));
      sizes.add("raw read " + bytes.length + " errno 0");
    }
    assertThat(log("ct_raw")).endsWith(sizes.toArray(String[]::new));
  }

  /**
   * A file has its FID in all events but the last of its restore, which has the volatile file's.
   */
  @Test
  void events_areThoseOfTheActionsThatWereBegun() throws Exception {
    List<String> expected = new ArrayList<>();
    Fid fid = Fid.ZERO;
    String kind = "";
    for (String line : log("ct_work")) {
      String[] words = line.strip().split(" ", -1);
      if (line.startsWith(" item ")) {
        kind = words[3].replaceAll("action=\\d+\\((.*)\\)", "$1");
        fid = Fid.parse(words[4].substring("fid=".length()));
      } else if (line.equals("  begin rc=0")) {
        expected.add(kind + "_START " + fid + " " + fid);
      } else if (line.startsWith("  get_dfid rc=0 ")) {
        fid = Fid.parse(words[2]);
      } else if (line.endsWith("err=0 end rc=0")) {
        expected.add(kind + "_FINISH " + fid + " " + fid);
      }
    }
    assertThat(expected).hasSize(38);
    List<Map<String, Object>> events =
        Reference.text("vectors/events/work.jsonl").lines().map(Json::object).toList();
    List<String> told = new ArrayList<>();
    for (Map<String, Object> event : events.subList(0, events.size() - 1)) {
      told.add(
          event.get("event_type")
              + " "
              + Fid.parse((String) event.get("source_fid"))
              + " "
              + Fid.parse((String) event.get("data_fid")));
      boolean isStart = ((String) event.get("event_type")).endsWith("_START");
      assertThat(event.containsKey("lustre_path")).isEqualTo(isStart);
      assertThat(event.containsKey("total_bytes")).isEqualTo(isStart);
    }
    assertThat(told).isEqualTo(expected);
    assertThat(events.get(events.size() - 1)).containsEntry("event_type", "UNREGISTER");
  }
}
