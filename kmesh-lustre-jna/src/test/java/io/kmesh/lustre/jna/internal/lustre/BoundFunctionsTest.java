// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.lustre.jna.internal.wire.Json;
import io.kmesh.lustre.jna.internal.wire.Reference;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Each native method is a function of the real library, with its parameters' sizes. */
class BoundFunctionsTest {
  private static final Map<String, Object> FUNCTIONS =
      Json.map(Json.object(Reference.text("reference/functions.json")).get("functions"));

  private static Class<?> typeOf(Object abi) {
    return switch ((String) abi) {
      case "s32", "u32" -> int.class;
      case "ptr", "u64", "s64" -> long.class;
      case "bool8" -> byte.class;
      case "u16" -> short.class;
      case "void" -> void.class;
      default -> throw new IllegalArgumentException("no type for " + abi);
    };
  }

  private static Map<String, Object> function(Method method) {
    return Json.map(Objects.requireNonNull(FUNCTIONS.get(method.getName()), method.getName()));
  }

  private static List<Method> methods() {
    return LustreLibrary.groups().stream()
        .filter(group -> group != Ioctl.class)
        .flatMap(group -> Arrays.stream(group.getDeclaredMethods()))
        .filter(method -> Modifier.isNative(method.getModifiers()))
        .toList();
  }

  @Test
  void nativeMethods_haveTheSizesOfTheirFunctions() {
    assertThat(methods()).hasSizeGreaterThan(45);
    for (Method method : methods()) {
      Map<String, Object> function = function(method);
      assertThat(method.getReturnType())
          .as("%s", method)
          .isEqualTo(typeOf(Objects.requireNonNull(function.get("returns"))));
      assertThat(method.getParameterTypes())
          .as("%s", method)
          .isEqualTo(
              Json.list(function.get("params")).stream()
                  .map(BoundFunctionsTest::typeOf)
                  .toArray(Class<?>[]::new));
    }
  }

  /** What a release costs; all others need nothing that one of them lacks. */
  @Test
  void functionsThatAReleaseLacks_areThoseOfHeatAndPcc() {
    Map<String, TreeSet<String>> missing = new TreeMap<>();
    for (String release : List.of("2.12.9", "2.14.0", "2.15.8", "2.16.1", "2.17.0", "2.17.57")) {
      for (Method method : methods()) {
        if (!Json.list(function(method).get("exported_in")).contains(release)) {
          missing
              .computeIfAbsent(release, r -> new TreeSet<>())
              .add(method.getDeclaringClass().getSimpleName());
        }
      }
    }
    assertThat(missing)
        .isEqualTo(Map.of("2.12.9", new TreeSet<>(List.of("HeatCalls", "PccCalls"))));
  }

  @Test
  void libraryThatIsAnother_isSaidToBe() {
    assertThatThrownBy(() -> LustreLibrary.load("libc.so.6"))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageStartingWith("libc.so.6 is another library than liblustreapi");
    assertThatThrownBy(() -> LustreLibrary.load("/nowhere/liblustreapi.so.1"))
        .isInstanceOf(UnsatisfiedLinkError.class);
  }
}
