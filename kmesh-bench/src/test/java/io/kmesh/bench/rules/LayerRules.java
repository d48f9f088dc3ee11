// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static io.kmesh.bench.rules.Conditions.condition;
import static io.kmesh.bench.rules.Conditions.inModule;
import static io.kmesh.bench.rules.Conditions.matching;
import static io.kmesh.bench.rules.Conditions.onlyDepend;
import static io.kmesh.bench.rules.Conditions.within;

import com.tngtech.archunit.core.domain.JavaClass;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The layers of core. A layer sees the layers above it in this list; what stands on one line does
 * not see each other. The doors, {@code io.kmesh.engine}, {@code io.kmesh.state} and {@code
 * io.kmesh.store}, hold the words that layers share and the few factories that others call, so a
 * layer may import a door, and a door only what the list allows it.
 */
final class LayerRules {
  private static final String INTERNAL = "io.kmesh.core.internal.";

  private static final List<Set<String>> ORDER =
      List.of(
          Set.of("time"),
          Set.of("observe", "json"),
          Set.of(
              "state",
              "operations",
              "store",
              "posix",
              "key",
              "compress",
              "crypto",
              "placement",
              "nio"),
          Set.of("transfer"),
          Set.of("mirror", "repository"),
          Set.of("hsm", "endpoints", "repositories", "objecttree"),
          Set.of("flows", "snapshots", "tiering", "clusters"),
          Set.of("facade"));

  /** The lowest layer that may import a door, and the highest that the door may import. */
  private static final Map<String, String[]> DOORS =
      Map.of(
          "io.kmesh.engine", new String[] {"transfer", "mirror"},
          // Whole snapshots for the commands: above all that they are made of.
          "io.kmesh.engine.repository", new String[] {"facade", "snapshots"},
          "io.kmesh.key", new String[] {"facade", "key"},
          "io.kmesh.state", new String[] {"facade", "state"},
          "io.kmesh.store", new String[] {"facade", "store"});

  private static final Map<String, Integer> RANK = new HashMap<>();

  static {
    for (int rank = 0; rank < ORDER.size(); rank++) {
      for (String layer : ORDER.get(rank)) {
        RANK.put(layer, rank);
      }
    }
  }

  private LayerRules() {}

  static List<Checked> all() {
    return List.of(
        Checked.of(
            classes()
                .that(inModule(KmeshModule.CORE))
                .should(
                    onlyDepend(
                        "layers below their own", (origin, target) -> mayImport(origin, target))),
            io.kmesh.core.internal.transfer.OffendingLayer.class,
            io.kmesh.core.internal.mirror.OffendingSibling.class,
            io.kmesh.engine.OffendingDoor.class),
        Checked.of(
            classes()
                .that(inModule(KmeshModule.CORE))
                .should(
                    condition(
                        "stand in a layer that LayerRules lists",
                        (JavaClass c, java.util.function.Consumer<String> violation) -> {
                          String name = c.getPackageName();
                          if (layer(name).filter(RANK::containsKey).isEmpty()
                              && door(name).isEmpty()) {
                            violation.accept(c.getName() + " is in no layer");
                          }
                        })),
            io.kmesh.core.internal.elsewhere.OffendingPlace.class),
        Checked.of(
            classes()
                .that(
                    matching(
                        "of the repository",
                        (JavaClass c) -> within(c.getPackageName(), INTERNAL + "repository")))
                .should(
                    onlyDepend(
                        "what is not Lustre",
                        (origin, target) ->
                            !within(
                                target.getPackageName(),
                                List.of("io.kmesh.lustre", "io.kmesh.spi.lustre")))),
            io.kmesh.core.internal.repository.OffendingRepository.class));
  }

  private static boolean mayImport(JavaClass origin, JavaClass target) {
    String from = origin.getPackageName();
    String to = target.getPackageName();
    Optional<String> fromLayer = layer(from);
    Optional<String> toLayer = layer(to);
    Optional<String> toDoor = door(to);
    if (toLayer.isPresent()) {
      int toRank = RANK.getOrDefault(toLayer.get(), Integer.MAX_VALUE);
      if (fromLayer.isPresent()) {
        return fromLayer.equals(toLayer) || toRank < rank(fromLayer.get());
      }
      return door(from).filter(d -> toRank <= rank(DOORS.get(d)[1])).isPresent();
    }
    if (toDoor.isPresent() && fromLayer.isPresent()) {
      return rank(fromLayer.get()) >= rank(DOORS.get(toDoor.get())[0]);
    }
    return toDoor.isEmpty()
        || door(from).equals(toDoor)
        || door(from)
            .filter(d -> rank(DOORS.get(d)[1]) >= rank(DOORS.get(toDoor.get())[0]))
            .isPresent();
  }

  private static int rank(String layer) {
    return RANK.getOrDefault(layer, -1);
  }

  private static Optional<String> layer(String packageName) {
    if (!packageName.startsWith(INTERNAL)) {
      return Optional.empty();
    }
    String rest = packageName.substring(INTERNAL.length());
    int dot = rest.indexOf('.');
    return Optional.of(dot < 0 ? rest : rest.substring(0, dot));
  }

  private static Optional<String> door(String packageName) {
    return DOORS.keySet().stream()
        .filter(d -> within(packageName, d))
        .max(Comparator.comparingInt(String::length));
  }
}
