package english

import "testing"

func TestGerund(t *testing.T) {
	for verb, want := range map[string]string{
		"manage": "managing", "plan": "planning", "lie": "lying", "tie": "tying", "see": "seeing", "oversee": "overseeing",
		"dye": "dyeing", "be": "being", "set": "setting", "run": "running", "control": "controlling", "travel": "travelling",
		"model": "modelling", "label": "labelling", "fuel": "fuelling", "boil": "boiling", "repair": "repairing", "sell": "selling",
		"visit": "visiting", "edit": "editing", "develop": "developing", "open": "opening", "offer": "offering", "refer": "referring",
		"prefer": "preferring", "transfer": "transferring", "submit": "submitting", "admit": "admitting", "begin": "beginning",
		"equip": "equipping", "fix": "fixing", "draw": "drawing", "play": "playing", "mimic": "mimicking", "program": "programming",
		"agree": "agreeing", "dig": "digging", "cook": "cooking", "clean": "cleaning", "cut": "cutting", "use": "using",
		"follow-up": "following up", "co-operate": "co-operating", "pre-blend": "pre-blending", "set-up": "setting up",
		"rig": "rigging", "de-rig": "de-rigging", "study": "studying", "quit": "quitting", "schedule": "scheduling", "target": "targeting",
		"deal": "dealing", "channel": "channelling", "tune": "tuning", "age": "ageing", "input": "inputting", "wash": "washing",
	} {
		if got := Gerund(verb); got != want {
			t.Errorf("Gerund(%q) = %q, want %q", verb, got, want)
		}
	}
}

func TestThirdPerson(t *testing.T) {
	for verb, want := range map[string]string{
		"manage": "manages", "carry": "carries", "play": "plays", "be": "is", "have": "has", "do": "does", "go": "goes",
		"teach": "teaches", "fix": "fixes", "wash": "washes", "follow-up": "follows up", "set": "sets", "undergo": "undergoes",
	} {
		if got := ThirdPerson(verb); got != want {
			t.Errorf("ThirdPerson(%q) = %q, want %q", verb, got, want)
		}
	}
}

func TestInflect(t *testing.T) {
	for _, c := range []struct{ phrase, ing, third string }{
		{"manage musical staff", "managing musical staff", "manages musical staff"},
		{"plan and budget projects", "planning and budgeting projects", "plans and budgets projects"},
		{"plan, organise and lead tours", "planning, organising and leading tours", "plans, organises and leads tours"},
		{"safely operate cranes", "safely operating cranes", "safely operates cranes"},
		{"mix paint, ensure quality", "mixing paint, ensuring quality", "mixes paint, ensures quality"},
		{"mix paint and test colours", "mixing paint and test colours", "mixes paint and test colours"},
		{"help clients to plan and develop gardens", "helping clients to plan and develop gardens", "helps clients to plan and develop gardens"},
		{"tend a lathe, monitor and operate it", "tending a lathe, monitoring and operating it", "tends a lathe, monitors and operates it"},
		{"sketch and/or draw plans", "sketching and/or draw plans", "sketches and/or draw plans"},
		{"load/unload trucks", "loading/unloading trucks", "loads/unloads trucks"},
		{"no verb at all", "no verb at all", "no verb at all"},
		{"", "", ""},
	} {
		if got := Inflect(c.phrase, Base); got != c.phrase {
			t.Errorf("Inflect(%q, Base) = %q", c.phrase, got)
		}
		if got := Inflect(c.phrase, Ing); got != c.ing {
			t.Errorf("Inflect(%q, Ing) = %q, want %q", c.phrase, got, c.ing)
		}
		if got := Inflect(c.phrase, Third); got != c.third {
			t.Errorf("Inflect(%q, Third) = %q, want %q", c.phrase, got, c.third)
		}
	}
}

func TestBaseOfInvertsGerund(t *testing.T) {
	for phrase, want := range map[string]string{
		"managing staff": "manage staff", "planning and managing tours": "plan and manage tours", "tying ropes": "tie ropes",
		"setting up stages": "set up stages", "optimising code": "optimise code", "optimizing code": "optimize code",
	} {
		if got, ok := BaseOf(phrase); !ok || got != want {
			t.Errorf("BaseOf(%q) = %q, %v, want %q", phrase, got, ok, want)
		}
	}
	for _, phrase := range []string{"", "managing", "building", "string theory", "sing songs"} {
		if got, ok := BaseOf(phrase); ok {
			t.Errorf("BaseOf(%q) = %q, want none", phrase, got)
		}
	}
	for verb := range verbs {
		if base, ok := BaseOfGerund(Gerund(verb)); !ok || Gerund(base) != Gerund(verb) {
			t.Errorf("gerund %q of %q leads back to %q", Gerund(verb), verb, base)
		}
	}
}

func TestArticle(t *testing.T) {
	for next, want := range map[string]string{
		"plan": "a", "experienced nurse": "an", "hour": "an", "university degree": "a", "SQL server": "an", "user story": "a",
		"uninteresting job": "an", "European firm": "a", "MSc": "an", "one-man show": "a", "(open) office": "an", "": "a", "8 hour day": "an",
	} {
		if got := Article(next); got != want {
			t.Errorf("Article(%q) = %q, want %q", next, got, want)
		}
	}
}

func TestAmerican(t *testing.T) {
	for british, want := range map[string]string{
		"Organise and analyse programmes": "Organize and analyze programs", "optimisation": "optimization",
		"advise, supervise and exercise": "advise, supervise and exercise", "colour the Centre": "color the Center",
		"enterprise expertise": "enterprise expertise", "specialised": "specialized", "organising": "organizing",
		"advertising": "advertising", "raising": "raising", "PostgreSQL": "PostgreSQL", "naïve organiser": "naïve organizer", "": "",
	} {
		if got := American(british); got != want {
			t.Errorf("American(%q) = %q, want %q", british, got, want)
		}
	}
}

func TestSplitObject(t *testing.T) {
	if verb, object, ok := SplitObject("manage musical staff"); !ok || verb != "manage" || object != "musical staff" {
		t.Errorf("got %q, %q, %v", verb, object, ok)
	}
	for _, phrase := range []string{"work in teams", "manage", "plan and lead tours", "musical staff", "communicate effectively"} {
		if _, _, ok := SplitObject(phrase); ok {
			t.Errorf("SplitObject(%q) found an object", phrase)
		}
	}
}

func TestFirstLetters(t *testing.T) {
	for text, want := range map[string]string{"Plan work": "plan work", "SQL queries": "SQL queries", "JavaScript": "JavaScript", "": "", "A plan": "a plan"} {
		if got := LowerFirst(text); got != want {
			t.Errorf("LowerFirst(%q) = %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"plan": "Plan", "": "", "élan": "Élan", "Plan": "Plan"} {
		if got := UpperFirst(text); got != want {
			t.Errorf("UpperFirst(%q) = %q, want %q", text, got, want)
		}
	}
}
