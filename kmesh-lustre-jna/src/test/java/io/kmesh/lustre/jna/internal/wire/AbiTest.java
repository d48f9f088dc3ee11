// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The table {@link Abi} and {@link AbiConstants} against what compilers said, release by release.
 */
class AbiTest {
  /** Not in the headers that programs see: the captured {@code trusted.link} bytes prove them. */
  private static final Set<String> UNSEEN = Set.of("link_ea_header", "link_ea_entry");

  /**
   * What older releases lack, by the first that has it: padding lies in its place there (or a field
   * of another name in PCC's).
   */
  private static final Map<String, String> SINCE =
      Map.ofEntries(
          Map.entry("fsxattr.fsx_cowextsize", "2.14.0"),
          Map.entry("if_quotactl.qc_poolname", "2.14.0"),
          Map.entry("llapi_stripe_param.lsp_is_create", "2.15.8"),
          Map.entry("llapi_stripe_param.lsp_max_inherit", "2.15.8"),
          Map.entry("llapi_stripe_param.lsp_max_inherit_rr", "2.15.8"),
          Map.entry("lmv_user_md_v1.lum_max_inherit", "2.15.8"),
          Map.entry("lmv_user_md_v1.lum_max_inherit_rr", "2.15.8"),
          Map.entry("lov_comp_md_entry_v1.lcme_compr_type", "2.16.1"),
          Map.entry("lov_comp_md_entry_v1.lcme_compr_lvl", "2.16.1"),
          Map.entry("lov_comp_md_entry_v1.lcme_cstripe_count", "2.16.1"),
          Map.entry("lov_comp_md_entry_v1.lcme_dstripe_count", "2.16.1"),
          Map.entry("lov_comp_md_v1.lcm_ec_count", "2.16.1"),
          Map.entry("lov_user_ost_data_v1.l_ost_type", "2.17.0"),
          Map.entry("lu_pcc_detach.pccd_flags", "2.16.1"),
          Map.entry("lu_pcc_detach_fid.pccd_flags", "2.16.1"),
          Map.entry("lu_pcc_state.pccs_namelen", "2.16.1"));

  private static final Map<String, Object> STRUCTS =
      Json.map(Json.object(Reference.text("reference/lustre-abi.json")).get("structs"));

  private static final Map<String, Object> CONSTANTS =
      Json.object(Reference.text("reference/constants.json"));

  private static final List<String> RELEASES =
      List.of("2.12.9", "2.14.0", "2.15.8", "2.16.1", "2.17.0", "2.17.57");

  private static String structOf(Class<?> type) {
    return type.getSimpleName()
        .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
        .toLowerCase(Locale.ROOT)
        .replace("futimes3", "futimes_3");
  }

  /** A struct as a release defines it; null where the release lacks it. */
  private static @Nullable Map<String, Object> inRelease(
      Map<String, Object> struct, String release) {
    if (!Json.list(struct.get("present_in")).contains(release)) {
      return null;
    }
    Object differs = struct.get("differs_in");
    Object other = differs == null ? null : Json.map(differs).get(release);
    return other == null ? struct : Json.map(other);
  }

  private record Place(long offset, long size) {}

  private static Map<String, Place> places(List<Object> fields, long base) {
    Map<String, Place> places = new LinkedHashMap<>();
    for (Object o : fields) {
      Map<String, Object> field = Json.map(o);
      long offset = base + Json.bits(field.get("offset"));
      Object size = field.get("size");
      places.put((String) field.get("name"), new Place(offset, size == null ? 0 : Json.bits(size)));
      if (field.get("members") != null) {
        places(Json.list(field.get("members")), offset).forEach(places::putIfAbsent);
      }
    }
    return places;
  }

  private static long value(Field constant) throws IllegalAccessException {
    return ((Number) constant.get(null)).longValue();
  }

  @Test
  void structs_ofEachRelease_lieAsTheTableSays() throws Exception {
    Set<String> newer = new TreeSet<>();
    int compared = 0;
    for (Class<?> type : Abi.class.getDeclaredClasses()) {
      String name = structOf(type);
      if (UNSEEN.contains(name)) {
        continue;
      }
      assertThat(STRUCTS).as("struct of %s", type.getSimpleName()).containsKey(name);
      for (String release : RELEASES) {
        Map<String, Object> struct = inRelease(Json.map(STRUCTS.get(name)), release);
        if (struct == null) {
          continue;
        }
        Map<String, Place> places = places(Json.list(struct.get("fields")), 0);
        for (Field constant : type.getDeclaredFields()) {
          String field = constant.getName().toLowerCase(Locale.ROOT);
          String what = release + " " + name + "." + field;
          Place place = places.get(field);
          if (field.equals("size")) {
            assertThat(value(constant)).as(what).isEqualTo(Json.bits(struct.get("size")));
          } else if (field.endsWith("_bytes") && place == null) {
            Place array = places.get(field.substring(0, field.length() - 6));
            assertThat(array).as(what).isNotNull();
            assertThat(value(constant)).as(what).isEqualTo(array.size());
          } else if (place == null) {
            newer.add(what);
          } else {
            assertThat(value(constant)).as(what).isEqualTo(place.offset());
          }
          compared++;
        }
      }
    }
    assertThat(newer).isEqualTo(expectedNewer());
    assertThat(compared).isGreaterThan(1500);
  }

  private static Set<String> expectedNewer() {
    Set<String> newer = new TreeSet<>();
    SINCE.forEach(
        (field, since) -> {
          Map<String, Object> struct =
              Json.map(STRUCTS.get(field.substring(0, field.indexOf('.'))));
          for (String release : RELEASES.subList(0, RELEASES.indexOf(since))) {
            if (inRelease(struct, release) != null) {
              newer.add(release + " " + field);
            }
          }
        });
    return newer;
  }

  @Test
  void structs_ofTheReference_areAllInTheTable() {
    Set<String> inTable = new TreeSet<>(UNSEEN);
    for (Class<?> type : Abi.class.getDeclaredClasses()) {
      inTable.add(structOf(type));
    }
    inTable.removeAll(UNSEEN);
    assertThat(inTable).isEqualTo(new TreeSet<>(STRUCTS.keySet()));
  }

  /** The values that the reference gives a name, newest first. */
  private static Map<String, List<Object>> values() {
    Map<String, List<Object>> values = new LinkedHashMap<>();
    for (String group : List.of("ioctls", "defines")) {
      Json.map(CONSTANTS.get(group))
          .forEach(
              (name, o) ->
                  values
                      .computeIfAbsent(name, n -> new ArrayList<>())
                      .add(Json.map(o).get("value")));
    }
    for (Object o : Json.map(CONSTANTS.get("enums")).values()) {
      Map<String, Object> enumeration = Json.map(o);
      add(values, Json.map(enumeration.get("values")));
      if (enumeration.get("differs_in") != null) {
        for (Object release : Json.map(enumeration.get("differs_in")).values()) {
          Object extra = Json.map(release).get("other_or_extra_values");
          if (extra != null) {
            add(values, Json.map(extra));
          }
        }
      }
    }
    return values;
  }

  private static void add(Map<String, List<Object>> values, Map<String, Object> more) {
    more.forEach((name, v) -> values.computeIfAbsent(name, n -> new ArrayList<>()).add(v));
  }

  @Test
  void constants_areThoseOfTheHeaders() throws Exception {
    Map<String, List<Object>> values = values();
    for (Field constant : AbiConstants.class.getDeclaredFields()) {
      String name = constant.getName();
      if (name.equals("LINK_EA_MAGIC")) {
        continue;
      }
      assertThat(values).containsKey(name);
      Object expected = values.get(name).get(0);
      Object actual = constant.get(null);
      if (actual instanceof String text) {
        assertThat(text).as(name).isEqualTo(unescaped((String) expected));
      } else if (actual instanceof Integer) {
        assertThat((int) value(constant)).as(name).isEqualTo((int) Json.bits(expected));
      } else {
        assertThat(value(constant)).as(name).isEqualTo(Json.bits(expected));
      }
    }
    assertThat(AbiConstants.class.getDeclaredFields().length).isGreaterThan(400);
  }

  /** A C string's {@code \x0c} as the byte. */
  private static String unescaped(String text) {
    return java.util.regex.Pattern.compile("\\\\x([0-9a-f]{2})")
        .matcher(text)
        .replaceAll(m -> String.valueOf((char) Integer.parseInt(m.group(1), 16)));
  }

  @Test
  void requests_thatEncodeAStruct_agreeWithTheTable() {
    assertThat(argumentBytes(AbiConstants.LL_IOC_HSM_STATE_GET)).isEqualTo(Abi.HsmUserState.SIZE);
    assertThat(argumentBytes(AbiConstants.LL_IOC_HSM_STATE_SET)).isEqualTo(Abi.HsmStateSet.SIZE);
    assertThat(argumentBytes(AbiConstants.LL_IOC_HSM_ACTION)).isEqualTo(Abi.HsmCurrentAction.SIZE);
    assertThat(argumentBytes(AbiConstants.LL_IOC_HSM_IMPORT)).isEqualTo(Abi.HsmUserImport.SIZE);
    assertThat(argumentBytes(AbiConstants.LL_IOC_DATA_VERSION)).isEqualTo(Abi.IocDataVersion.SIZE);
    assertThat(argumentBytes(AbiConstants.LL_IOC_SET_LEASE)).isEqualTo(Abi.LlIocLease.SIZE);
    assertThat(argumentBytes(AbiConstants.OBD_IOC_QUOTACTL)).isEqualTo(Abi.IfQuotactl.SIZE);
  }

  private static int argumentBytes(long request) {
    return (int) (request >> 16) & 0x3fff;
  }
}
