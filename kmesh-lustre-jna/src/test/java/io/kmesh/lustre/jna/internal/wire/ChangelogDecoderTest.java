// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogText;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changelog records: golden bytes, captured logs, hostile bytes. */
class ChangelogDecoderTest {
  private static final String DIR = "vectors/changelog/";

  private static List<ChangelogRecord> decode(byte[] bytes, int mdt) throws ProviderException {
    ChangelogDecoder decoder = new ChangelogDecoder(mdt);
    decoder.feed(ByteBuffer.wrap(bytes));
    List<ChangelogRecord> records = drain(decoder);
    assertThat(decoder.pending()).isZero();
    return records;
  }

  private static List<ChangelogRecord> drain(ChangelogDecoder decoder) throws ProviderException {
    List<ChangelogRecord> records = new ArrayList<>();
    for (ChangelogRecord r = decoder.next(); r != null; r = decoder.next()) {
      records.add(r);
    }
    return records;
  }

  private static List<Map<String, Object>> lines(String name) {
    return Reference.text(DIR + name).lines().map(Json::object).toList();
  }

  private static void assertIs(ChangelogRecord r, Map<String, Object> expected) {
    assertThat(r.index()).isEqualTo(Json.bits(expected.get("index")));
    assertThat(r.typeCode()).isEqualTo((int) Json.bits(expected.get("type")));
    assertThat(r.type().orElseThrow()).hasToString((String) expected.get("type_name"));
    int flags = (int) Json.bits(expected.get("flags"));
    assertThat(r.flags()).isEqualTo(flags & 0xfff);
    String[] time = ((String) expected.get("time")).split("\\.", 2);
    assertThat(r.time())
        .isEqualTo(Instant.ofEpochSecond(Long.parseLong(time[0]), Long.parseLong(time[1])));
    assertThat(r.fid()).hasToString((String) expected.get("tfid"));
    byte[] name = HexFormat.of().parseHex((String) expected.get("name_hex"));
    assertThat(r.parent())
        .isEqualTo(name.length == 0 ? Fid.ZERO : Fid.parse((String) expected.get("pfid")));
    if (expected.get("sfid") != null) {
      ChangelogRecord.RenameSource rename = Objects.requireNonNull(r.rename());
      assertThat(rename.fid()).hasToString((String) expected.get("sfid"));
      assertThat(rename.parent()).hasToString((String) expected.get("spfid"));
      byte[] old = rename.name().toBytes();
      assertThat(Arrays.copyOfRange(name, name.length - old.length, name.length)).isEqualTo(old);
      name = Arrays.copyOf(name, name.length - old.length - 1);
    } else {
      assertThat(r.rename()).isNull();
    }
    assertThat(r.name().toBytes()).isEqualTo(name);
    assertThat(r.jobId()).isEqualTo(expected.get("jobid"));
    if (expected.get("uid") != null) {
      ChangelogRecord.Origin origin = Objects.requireNonNull(r.origin());
      assertThat(origin.uid()).isEqualTo(Json.bits(expected.get("uid")));
      assertThat(origin.gid()).isEqualTo(Json.bits(expected.get("gid")));
      assertThat(origin.nid())
          .isEqualTo(((String) expected.get("nid_hex")).matches("0*") ? "0@<0:0>" : "0@lo");
    } else {
      assertThat(r.origin()).isNull();
    }
    assertThat(r.xattrName() == null ? null : r.xattrName().utf8().orElseThrow())
        .isEqualTo(expected.get("xattr"));
    assertThat(r.openMode())
        .isEqualTo(
            expected.get("openmode") == null ? 0 : (int) Json.bits(expected.get("openmode")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fsops.MDT0000.raw",
        "fsops.MDT0000.nidbe",
        "fsops.MDT0001.raw",
        "hsm.MDT0000.raw",
        "hsm.MDT0001.raw"
      })
  void next_ofACapturedLog_givesWhatAnIndependentDecoderDid(String name) throws Exception {
    int mdt = name.contains("MDT0001") ? 1 : 0;
    List<ChangelogRecord> records = decode(Reference.bytes(DIR + name + ".bin"), mdt);
    List<Map<String, Object>> expected = lines(name + ".decoded.jsonl");
    assertThat(records).hasSameSizeAs(expected);
    for (int i = 0; i < records.size(); i++) {
      assertIs(records.get(i), expected.get(i));
      assertThat(records.get(i).mdt()).isEqualTo(mdt);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fsops.MDT0000", "fsops.MDT0001", "hsm.MDT0000", "hsm.MDT0001"})
  void next_whateverTheFormOfNetworkIds_givesTheSame(String name) throws Exception {
    assertThat(decode(Reference.bytes(DIR + name + ".nidbe.bin"), 0))
        .isEqualTo(decode(Reference.bytes(DIR + name + ".raw.bin"), 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"noflags", "jobid", "all"})
  void only_ofWhatTheLibraryGave_isTheRecord(String flags) throws Exception {
    ChangelogDecoder decoder = new ChangelogDecoder(0);
    ByteBuffer in =
        ByteBuffer.wrap(Reference.bytes(DIR + "fsops.api." + flags + ".bin"))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (Map<String, Object> expected : lines("fsops.api." + flags + ".decoded.jsonl")) {
      int length = in.getInt();
      // The library's block is as long as a record can be, and zero behind it.
      byte[] block = Arrays.copyOf(Wire.copy(in, in.position(), length), 952);
      in.position(in.position() + length);
      assertIs(decoder.only(ByteBuffer.wrap(block)), expected);
      assertThat(decoder.pending()).isZero();
    }
    assertThat(in.hasRemaining()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"noflags", "jobid", "all"})
  void only_ofTheHsmLogByTheLibrary_isTheRawRecord(String flags) throws Exception {
    ChangelogDecoder decoder = new ChangelogDecoder(0);
    ByteBuffer in =
        ByteBuffer.wrap(Reference.bytes(DIR + "hsm.api." + flags + ".bin"))
            .order(ByteOrder.LITTLE_ENDIAN);
    List<ChangelogRecord> raw = decode(Reference.bytes(DIR + "hsm.MDT0000.raw.bin"), 0);
    for (ChangelogRecord expected : raw) {
      int length = in.getInt();
      ChangelogRecord r = decoder.only(in.slice(in.position(), length));
      in.position(in.position() + length);
      assertThat(r.index()).isEqualTo(expected.index());
      assertThat(r.hsmEvent()).isEqualTo(expected.hsmEvent());
      if (flags.equals("all")) {
        assertThat(r).isEqualTo(expected);
      }
    }
    assertThat(in.hasRemaining()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fsops.MDT0000", "fsops.MDT0001", "hsm.MDT0000", "hsm.MDT0001"})
  void next_ofACapturedLog_isWhatLfsPrinted(String name) throws Exception {
    String printed =
        Reference.text(DIR + name + ".txt")
            // Leftovers, where the type has no parent.
            .replaceAll("(?m) p=\\S+$", "")
            // lfs prints the bytes of names as they are.
            .replace("new\nline", "new\\x0aline")
            .replace("bad\ufffd\ufffdutf8", "bad\\xff\\xfeutf8");
    StringBuilder lines = new StringBuilder();
    for (ChangelogRecord r : decode(Reference.bytes(DIR + name + ".nidbe.bin"), 0)) {
      lines.append(ChangelogText.line(r)).append('\n');
    }
    assertThat(lines).hasToString(printed);
  }

  @Test
  void line_ofWhatWasNotRecorded_leavesItOut() {
    ChangelogRecord bare = of(99, 7);
    assertThat(ChangelogText.line(bare))
        .isEqualTo("1 99unknown 00:00:00.000000000 1970.01.01 0x7 t=[0:0x0:0x0]");
    ChangelogRecord ids =
        new ChangelogRecord(
            0,
            2,
            11,
            0,
            Instant.EPOCH,
            new Fid(1, 2, 3),
            Fid.ZERO,
            PathBytes.EMPTY,
            null,
            null,
            new ChangelogRecord.Origin(5, 6, ""),
            null,
            0);
    assertThat(ChangelogText.line(ids))
        .isEqualTo("2 11CLOSE 00:00:00.000000000 1970.01.01 0x0 t=[0x1:0x2:0x3] ef=0x1 u=5:6");
  }

  @Test
  void next_ofGoldenBytes_givesTheirFields() throws Exception {
    for (Map<String, Object> f : Reference.fixtures("changelog_rec:")) {
      List<ChangelogRecord> records = decode(Reference.hex(f, "hex"), 3);
      assertThat(records).as("%s", f.get("fixture")).hasSize(1);
      ChangelogRecord r = records.get(0);
      assertThat(r.mdt()).isEqualTo(3);
      assertThat(r.index()).isEqualTo(42);
      assertThat(r.time()).isEqualTo(Instant.ofEpochSecond(1_700_000_000, 123_456_789));
      assertThat(r.typeCode()).isEqualTo((int) Json.bits(f.get("cr_type")));
      assertThat(r.fid()).hasToString((String) f.get("cr_tfid"));
      String name = (String) f.getOrDefault("name", "");
      assertThat(r.name()).isEqualTo(PathBytes.of(name));
      assertThat(r.parent())
          .isEqualTo(name.isEmpty() ? Fid.ZERO : Fid.parse((String) f.get("cr_pfid")));
      assertThat(r.jobId()).isEqualTo(f.get("jobid"));
      if (f.get("sname") != null) {
        assertThat(r.rename())
            .isEqualTo(
                new ChangelogRecord.RenameSource(
                    Fid.parse((String) f.get("cr_sfid")),
                    Fid.parse((String) f.get("cr_spfid")),
                    PathBytes.of((String) f.get("sname"))));
      }
      if (f.get("uid") != null) {
        assertThat(r.origin()).isEqualTo(new ChangelogRecord.Origin(1000, 100, "192.168.1.10@tcp"));
      }
      assertThat(r.openMode())
          .isEqualTo(f.get("openflags") == null ? 0 : (int) Json.bits(f.get("openflags")));
      assertThat(r.xattrName() == null ? null : r.xattrName().toString()).isEqualTo(f.get("xattr"));
    }
  }

  @Test
  void hsmFlags_ofGoldenBytes_areEventErrorAndDirty() {
    for (Object o : Json.list(Reference.fixtures("hsm_cr_flags").get(0).get("cases"))) {
      Map<String, Object> c = Json.map(o);
      if (Json.bits(c.get("set_rc")) != 0) {
        continue;
      }
      ChangelogRecord r = of(16, (int) Json.bits(c.get("low12")));
      assertThat(r.hsmError()).isEqualTo((int) Json.bits(c.get("decoded_error")));
      assertThat(r.isHsmDirty()).isEqualTo((Json.bits(c.get("decoded_flags")) & 1) != 0);
      assertThat(r.hsmEvent().map(Enum::ordinal).orElse(6))
          .isEqualTo(Math.min(6, (int) Json.bits(c.get("decoded_event"))));
    }
  }

  private static ChangelogRecord of(int type, int flags) {
    return new ChangelogRecord(
        0,
        1,
        type,
        flags,
        Instant.EPOCH,
        Fid.ZERO,
        Fid.ZERO,
        PathBytes.EMPTY,
        null,
        null,
        null,
        null,
        0);
  }

  @Test
  void next_ofATypeOfANewerRelease_keepsIt() throws Exception {
    byte[] bytes = first("fsops.MDT0000.raw.bin");
    bytes[Abi.ChangelogRec.CR_TYPE] = 99;
    ChangelogRecord r = decode(bytes, 0).get(0);
    assertThat(r.typeCode()).isEqualTo(99);
    assertThat(r.type()).isEmpty();
    assertThat(r.name()).isEqualTo(PathBytes.of("chl"));
    assertThat(r.parent()).isEqualTo(Fid.parse("[0x200000007:0x1:0x0]"));
  }

  private static byte[] first(String name) {
    return Arrays.copyOf(Reference.bytes(DIR + name), 115);
  }

  @Test
  void next_ofAMark_hasNoFid() throws Exception {
    byte[] bytes = first("fsops.MDT0000.raw.bin");
    bytes[Abi.ChangelogRec.CR_TYPE] = 0;
    assertThat(decode(bytes, 0).get(0).fid()).isEqualTo(Fid.ZERO);
    assertThat(decode(bytes, 0).get(0).type()).contains(ChangelogType.MARK);
  }

  @Test
  void next_ofAnExtensionOfANewerRelease_isRefusedForGood() {
    byte[] bytes = Reference.bytes(DIR + "fsops.MDT0000.raw.bin");
    bytes[64] |= 0x20;
    ChangelogDecoder decoder = new ChangelogDecoder(5);
    decoder.feed(ByteBuffer.wrap(bytes));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(decoder::next)
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED))
          .hasMessageContaining("record 1 of the changelog of MDT 5")
          .hasMessageContaining("extensions 0x23");
    }
  }

  @Test
  void next_ofAnImpossibleNameOrIndex_isRefused() {
    byte[] name = first("fsops.MDT0000.raw.bin");
    name[1] = (byte) 0xff;
    assertCorrupt(name, "its name has 65283 bytes");
    byte[] index = first("fsops.MDT0000.raw.bin");
    index[15] = (byte) 0x80;
    assertCorrupt(index, "its index is 9223372036854775809");
  }

  private static void assertCorrupt(byte[] bytes, String reason) {
    assertThatThrownBy(() -> decode(bytes, 0))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
        .hasMessageContaining(reason);
  }

  @Test
  void only_ofACutRecord_isRefused_andTheNextIsRead() throws Exception {
    byte[] whole = first("fsops.MDT0000.raw.bin");
    ChangelogDecoder decoder = new ChangelogDecoder(0);
    for (int i = 0; i < whole.length; i++) {
      ByteBuffer cut = ByteBuffer.wrap(whole, 0, i);
      assertThatThrownBy(() -> decoder.only(cut))
          .isInstanceOf(ProviderException.class)
          .hasMessageContaining("it is cut to");
    }
    assertThat(decoder.only(ByteBuffer.wrap(whole)).index()).isEqualTo(1);
  }

  @Property(tries = 40)
  void next_howeverTheBytesAreCut_givesTheSame(@ForAll @IntRange(min = 1, max = 700) int step)
      throws ProviderException {
    byte[] bytes = Reference.bytes(DIR + "fsops.MDT0000.nidbe.bin");
    ChangelogDecoder decoder = new ChangelogDecoder(0);
    List<ChangelogRecord> records = new ArrayList<>();
    ByteBuffer some = ByteBuffer.allocateDirect(step);
    for (int at = 0; at < bytes.length; at += step) {
      some.clear();
      some.put(bytes, at, Math.min(step, bytes.length - at)).flip();
      decoder.feed(some);
      records.addAll(drain(decoder));
      assertThat(decoder.pending()).isLessThan(952);
    }
    assertThat(records).isEqualTo(decode(bytes, 0));
  }

  private static final long NID = 0x20000c0a8010aL;

  @Provide
  Arbitrary<ChangelogRecord> records() {
    Arbitrary<Fid> fids =
        Combinators.combine(Arbitraries.longs(), Arbitraries.integers(), Arbitraries.integers())
            .as(Fid::new);
    Arbitrary<PathBytes> names =
        Arbitraries.bytes()
            .filter(b -> b != 0)
            .array(byte[].class)
            .ofMinSize(1)
            .ofMaxSize(255)
            .map(PathBytes::of);
    Arbitrary<@Nullable PathBytes> perhaps = names.injectNull(0.6);
    Arbitrary<ChangelogRecord.@Nullable RenameSource> renames =
        Combinators.combine(fids, fids, names)
            .as(ChangelogRecord.RenameSource::new)
            .injectNull(0.7);
    Arbitrary<@Nullable String> jobs =
        Arbitraries.strings()
            .ascii()
            .excludeChars((char) 0)
            .ofMinLength(1)
            .ofMaxLength(32)
            .injectNull(0.5);
    Arbitrary<ChangelogRecord.@Nullable Origin> origins =
        Combinators.combine(Arbitraries.longs(), Arbitraries.longs())
            .as((u, g) -> new ChangelogRecord.Origin(u, g, "192.168.1.10@tcp"))
            .injectNull(0.4);
    Arbitrary<Integer> flags = Arbitraries.integers().between(0, 0xfff);
    Arbitrary<Instant> times =
        Combinators.combine(
                Arbitraries.longs().between(0, (1L << 34) - 1),
                Arbitraries.integers().between(0, 999_999_999))
            .as((s, n) -> Instant.ofEpochSecond(s, n));
    Arbitrary<Integer> types = Arbitraries.integers().between(1, 40);
    return Combinators.combine(types, flags, times, fids, perhaps, renames, jobs, origins)
        .flatAs(
            (type, flag, time, fid, name, rename, job, origin) ->
                Combinators.combine(
                        perhaps,
                        Arbitraries.integers(),
                        fids,
                        Arbitraries.longs().greaterOrEqual(0))
                    .as(
                        (xattr, mode, parent, index) ->
                            new ChangelogRecord(
                                2,
                                index,
                                type,
                                flag,
                                time,
                                fid,
                                name == null && rename == null ? Fid.ZERO : parent,
                                name == null ? PathBytes.EMPTY : name,
                                rename,
                                job,
                                origin,
                                xattr,
                                mode)));
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void next_ofWhatWasWritten_isTheSame(
      @ForAll("recordLists") List<ChangelogRecord> records, @ForAll boolean be)
      throws ProviderException {
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    for (ChangelogRecord r : records) {
      log.writeBytes(ChangelogBytes.of(r, NID, be));
    }
    assertThat(decode(log.toByteArray(), 2)).isEqualTo(records);
  }

  @Provide
  Arbitrary<List<ChangelogRecord>> recordLists() {
    return records().list().ofMaxSize(5);
  }

  @Tag("fuzz")
  @Property
  void next_ofAnyBytes_isReadOrRefused(@ForAll @Size(max = 400) byte[] bytes) {
    readOrRefuse(bytes);
  }

  @Tag("fuzz")
  @Property
  void next_ofChangedBytes_isReadOrRefused(@ForAll("changes") List<Integer> changes) {
    byte[] bytes = Arrays.copyOf(Reference.bytes(DIR + "fsops.MDT0000.nidbe.bin"), 7076);
    Mutations.apply(bytes, changes);
    readOrRefuse(bytes);
  }

  @Provide
  Arbitrary<List<Integer>> changes() {
    return Mutations.arbitrary();
  }

  private static void readOrRefuse(byte[] bytes) {
    ChangelogDecoder decoder = new ChangelogDecoder(0);
    decoder.feed(ByteBuffer.wrap(bytes));
    try {
      assertThat(drain(decoder).size()).isLessThanOrEqualTo(bytes.length / 64);
      assertThat(decoder.pending()).isLessThanOrEqualTo(bytes.length);
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
    }
  }
}
