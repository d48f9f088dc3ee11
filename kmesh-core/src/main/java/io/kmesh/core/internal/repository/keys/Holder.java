// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

/**
 * Someone who may open.
 *
 * @param name for people; a rotation takes the wrapping of the same name for replaced
 * @param credential what he opens with
 */
public record Holder(String name, Credential credential) {}
